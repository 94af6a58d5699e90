import type { Schema } from "../../api/client";
import styles from "./Plan.module.css";

/** The plan of a task: what is done of it, what is next, what is left. */
export function Plan({ items }: { items: readonly Schema<"ChecklistItemOut">[] }) {
  const done = items.filter((item) => item.done).length;
  const next = items.find((item) => !item.done);
  return (
    <section className={styles.plan} aria-label="Plan">
      <p className={styles.head}>
        <span>Plan</span>
        <span className="number">
          {done} of {items.length} done
        </span>
      </p>
      <ol className={styles.items}>
        {items.map((item) => (
          <li key={item.id} className={`${styles.item} ${item.done ? styles.done : item === next ? styles.next : ""}`}>
            <span className={styles.mark} aria-hidden="true">
              {item.done ? "✓" : "·"}
            </span>
            <span dir="auto">
              {item.text}
              {item.done && <span className="visually-hidden"> (done)</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
