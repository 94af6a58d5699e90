import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { may } from "../session";
import { StateGlyph } from "../ui/StateMark";
import styles from "./CardWaits.module.css";
import type { Card } from "./card";
import { openQuestions, waitingApprovals } from "./waiting";

const BLOCKERS_MAX = 3;

/** What a card waits for: a person who decides or answers, other cards, room. */
export function CardWaits({ card }: { card: Card }) {
  const asks = card.run !== null && card.state !== "completed" && !card.archived;
  return (
    <>
      {asks && <Decision task={card.key} />}
      {asks && <Question task={card.key} />}
      {card.blocked_by.length > 0 && (
        <p className={styles.line}>
          <StateGlyph state="waiting" />
          <span>
            waits for{" "}
            {card.blocked_by.slice(0, BLOCKERS_MAX).map((key, index) => (
              <span key={key}>
                {index > 0 && ", "}
                <Link to="/board/$key" params={{ key }} className={styles.key} tabIndex={-1} preload={false} draggable={false}>
                  {key}
                </Link>
              </span>
            ))}
            {card.blocked_by.length > BLOCKERS_MAX && ` and ${card.blocked_by.length - BLOCKERS_MAX} more`}
          </span>
        </p>
      )}
      {card.waits && card.blocked_by.length === 0 && (
        <p className={styles.line}>
          <StateGlyph state="waiting" />
          starts when there is room
        </p>
      )}
    </>
  );
}

function Decision({ task }: { task: string }) {
  const { data } = useQuery({ ...waitingApprovals, enabled: may("approvals:read"), select: (waiting) => waiting[task] });
  const [first] = data ?? [];
  if (data === undefined || first === undefined) return null;
  return (
    <p className={styles.needs}>
      <StateGlyph state="needs" />
      <span className={styles.what}>
        needs you: <span className={styles.tool}>{first.tool}</span>
        {data.length > 1 && ` and ${data.length - 1} more`}
      </span>
      <Link
        to="/approvals/$id"
        params={{ id: first.id }}
        className={styles.act}
        aria-label={`Review ${first.tool} of ${task}`}
        draggable={false}
      >
        Review
      </Link>
    </p>
  );
}

function Question({ task }: { task: string }) {
  const { data } = useQuery({ ...openQuestions, enabled: may("tasks:read"), select: (open) => open[task] });
  const [first] = data ?? [];
  if (first === undefined) return null;
  return (
    <p className={styles.needs}>
      <StateGlyph state="needs" />
      <span className={styles.what} title={first.question}>
        asks: {first.question.replace(/[*_`]/g, "")}
      </span>
      <Link
        to="/board/$key"
        params={{ key: task }}
        hash="question"
        className={styles.act}
        aria-label={`Answer ${task}`}
        draggable={false}
      >
        Answer
      </Link>
    </p>
  );
}
