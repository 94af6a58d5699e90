import styles from "./Gauge.module.css";

/** How full a budget is: what is used, behind it what calls in flight hold, and a notch where somebody is warned. */
export function Gauge({
  used,
  reserved,
  warnAt,
  state,
}: {
  used: number;
  reserved: number;
  warnAt?: number;
  state: "open" | "warning" | "exceeded";
}) {
  return (
    <span className={styles.gauge} aria-hidden="true">
      <span className={`${styles.used} ${styles[state]}`} style={{ width: `${used * 100}%` }} />
      <span className={styles.reserved} style={{ width: `${reserved * 100}%` }} />
      {warnAt !== undefined && warnAt < 1 && <span className={styles.notch} style={{ insetInlineStart: `${warnAt * 100}%` }} />}
    </span>
  );
}
