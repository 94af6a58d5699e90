import { Link } from "@tanstack/react-router";
import styles from "./Tabs.module.css";

export type Tab = { name: string; label: string; count?: number };

/** Views of one thing, as links: each has an address of its own (`?view=`), and the browser's back button works. */
export function Tabs({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.name}
          to="."
          search={(held: Record<string, unknown>) => ({ ...held, view: index === 0 ? undefined : tab.name })}
          className={styles.tab}
          // The first tab's address has no view; without this it would match that of every other.
          activeOptions={{ exact: true, explicitUndefined: true }}
          aria-current={tab.name === current ? "page" : undefined}
        >
          {tab.label}
          {tab.count !== undefined && <span className={`${styles.count} number`}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
