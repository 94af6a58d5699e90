import type { Priority } from "./card";
import styles from "./PriorityMark.module.css";

const BARS: Record<Priority, number> = { urgent: 3, high: 3, medium: 2, low: 1, none: 0 };

/** How urgent it is, as bars that grow; in words for who rests on it or hears it. Nothing where nobody said. */
export function PriorityMark({ priority, word = false }: { priority: Priority; word?: boolean }) {
  if (priority === "none" && !word) return null;
  return (
    <span className={styles.mark} title={word ? undefined : `${priorityWord(priority)} priority`}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        {priority === "urgent" ? (
          <>
            <rect width="14" height="14" rx="3" className={styles.on} />
            <path d="M6 3h2v5H6zM6 9.5h2v2H6z" className={styles.sign} />
          </>
        ) : (
          [0, 1, 2].map((bar) => (
            <rect
              key={bar}
              x={1 + bar * 4.5}
              y={9 - bar * 3}
              width="3"
              height={4 + bar * 3}
              rx="1"
              className={bar < BARS[priority] ? styles.on : styles.off}
            />
          ))
        )}
      </svg>
      <span className={word ? undefined : "visually-hidden"}>{priorityWord(priority)}</span>
    </span>
  );
}

export function priorityWord(priority: Priority): string {
  return priority === "none" ? "no priority" : priority;
}
