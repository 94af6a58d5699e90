import { Link } from "@tanstack/react-router";
import { StateMark } from "../ui/StateMark";
import styles from "./Answers.module.css";
import { type Answer, inWords } from "./answer";
import type { EventDetails } from "./queries";
import { WithCode } from "./WithCode";

const ORDER = [
  "ran",
  "pending",
  "skipped",
  "flow_control",
  "no_run",
  "filtered",
  "filter_failed",
  "published_later",
  "other_name",
];

/** For every function that an event concerns: its run with its state, or in a sentence why there is none. */
export function Answers({ event, only }: { event: EventDetails; only?: readonly Answer[] }) {
  const answers = [...(only ?? event.functions)].sort((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome));
  const labels = new Map(event.runs.map((run) => [run.id, run]));
  return (
    <div className={styles.answers} aria-live="polite">
      {answers.length > 0 && (
        <ul className={styles.list}>
          {answers.map((answer) => {
            const said = inWords(answer, event.data);
            return (
              <li key={answer.function} className={styles.answer}>
                <span className={`${styles.glyph} ${styles[said.tone]}`} aria-hidden="true">
                  {said.glyph}
                </span>
                <div className={styles.said}>
                  <Link to="/functions/$id" params={{ id: answer.function }} className={styles.function}>
                    {answer.function}
                  </Link>
                  <p className="quiet">
                    <WithCode text={said.sentence} />
                  </p>
                </div>
                <div className={styles.runs}>
                  {answer.runs.map((id) => {
                    const run = labels.get(id);
                    return (
                      <Link key={id} to="/runs/$id" params={{ id }} className={styles.run} title={id}>
                        {run !== undefined && <StateMark state={run.state} />}
                        <span className={styles.label}>{run?.label ?? id.slice(-8)}</span>
                      </Link>
                    );
                  })}
                </div>
              </li>
            );
          })}
        </ul>
      )}
      {only === undefined && event.reason !== null && <p className={styles.nobody}>{sentence(event.reason)}</p>}
      {only === undefined && event.reason === null && answers.length === 0 && (
        <p className={styles.nobody}>No function listens to it, or nothing of what it started is kept.</p>
      )}
    </div>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
