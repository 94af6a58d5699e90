import { Ago } from "../ui/Ago";
import { StateMark } from "../ui/StateMark";
import type { Vote } from "./approval";
import styles from "./Votes.module.css";

/** What each has said so far. What counts no more says why. */
export function Votes({ votes }: { votes: readonly Vote[] }) {
  return (
    <ul className={styles.votes}>
      {votes.map((vote) => (
        <li key={`${vote.name} ${vote.voted_at}`} className={vote.voided_by === null ? undefined : styles.void}>
          <StateMark
            state={vote.approved ? "approved" : "denied"}
            word={`${vote.name} ${vote.approved ? "approved" : "denied"}`}
          />
          {vote.on_behalf_of !== null && <span>for {vote.on_behalf_of}</span>}
          <Ago at={vote.voted_at} className="quiet" />
          {vote.reason !== null && <q className={styles.reason}>{vote.reason}</q>}
          {vote.voided_by !== null && (
            <span className="quiet">
              counts no more:{" "}
              {vote.voided_by === vote.name ? "they said something else later" : `${vote.voided_by} edited the arguments`}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
