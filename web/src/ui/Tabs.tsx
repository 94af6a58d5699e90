import { Link } from "@tanstack/react-router";
import styles from "./Tabs.module.css";

export type Tab = { name: string; label: string; count?: number };

/** Views of one thing, as links: each has an address of its own (`?view=`), and the browser's back button works. */
export function Tabs({
  tabs,
  current,
  label,
  to = ".",
}: {
  tabs: readonly Tab[];
  current: string;
  label: string;
  /** Where the views are; here, unless said. */
  to?: string;
}) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.name}
          to={to}
          search={(held: Record<string, unknown>) => ({ ...held, view: index === 0 ? undefined : tab.name })}
          className={styles.tab}
          // Without it the router marks the first view too, whose address says nothing.
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
