import type { ReactNode } from "react";
import styles from "./Panes.module.css";

/** From this width on there is room for the queue and the card beside each other. */
export const BESIDE_PX = 960;

/** A list and what is open of it, beside each other; where there is no room, one of both. */
export function Panes({ list, card, wide }: { list: ReactNode; card: ReactNode | null; wide: boolean }) {
  if (!wide) return <div className={styles.single}>{card ?? list}</div>;
  return (
    <div className={styles.panes}>
      <div className={styles.pane}>
        <div className={styles.list}>{list}</div>
      </div>
      <div className={styles.pane}>
        <div className={styles.open}>{card}</div>
      </div>
    </div>
  );
}
