import { type ReactNode, useEffect } from "react";
import styles from "./Page.module.css";

/** The frame of a page: its name (also of the browser's tab), what stands beside it, and the rest. */
export function Page({
  title,
  heading,
  aside,
  children,
  wide = false,
  fill = false,
}: {
  /** Of the browser's tab, and of the heading unless `heading` is given. */
  title: string;
  heading?: ReactNode;
  /** Filters and buttons to the right of the heading. */
  aside?: ReactNode;
  children: ReactNode;
  /** Over the whole width: boards and timelines. */
  wide?: boolean;
  /** Over the whole height too: what is in it scrolls in boxes of its own. */
  fill?: boolean;
}) {
  useEffect(() => {
    document.title = `${title} · FlowForge`;
  }, [title]);
  return (
    <div className={`${wide ? styles.wide : styles.page} ${fill ? styles.fill : ""}`}>
      <header className={styles.head}>
        <h1 className={styles.title}>{heading ?? title}</h1>
        {aside !== undefined && <div className={styles.aside}>{aside}</div>}
      </header>
      {children}
    </div>
  );
}
