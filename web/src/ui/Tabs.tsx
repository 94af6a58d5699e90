import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
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
  const bar = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view is another one to be seen
  useEffect(() => {
    const shown = bar.current;
    if (shown === null) return;
    const watch = new ResizeObserver(() => {
      const chosen = shown.querySelector<HTMLElement>("[data-chosen]");
      if (chosen) shown.scrollLeft = chosen.offsetLeft - (shown.clientWidth - chosen.offsetWidth) / 2;
    });
    watch.observe(shown); // which begins with a first look
    return () => watch.disconnect();
  }, [current]);
  return (
    <nav ref={bar} className={styles.tabs} aria-label={label}>
      {tabs.map((tab, index) => (
        <Link
          key={tab.name}
          to={to}
          search={(held: Record<string, unknown>) => ({ ...held, view: index === 0 ? undefined : tab.name })}
          className={styles.tab}
          // Unless said, the first view's link, which holds no view, would count as current beside every other.
          activeOptions={{ exact: true, explicitUndefined: true }}
          aria-current={tab.name === current ? "page" : undefined}
          data-chosen={tab.name === current || undefined}
        >
          {tab.label}
          {tab.count !== undefined && <span className={`${styles.count} number`}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
