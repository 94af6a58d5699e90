import styles from "./Skeleton.module.css";

/** Grey bars where text will stand, until the first answer is in: never a zero that is not known to be one. */
export function Skeleton({
  lines = 1,
  width = "100%",
  label = "Loading",
}: {
  lines?: number;
  width?: string | number;
  label?: string;
}) {
  return (
    <div className={styles.skeleton} role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <span key={index} className={styles.bar} style={{ width: index === lines - 1 && lines > 1 ? "60%" : width }} />
      ))}
    </div>
  );
}
