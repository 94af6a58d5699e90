import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { duration } from "../ui/duration";
import { Json } from "../ui/Json";
import { Money } from "../ui/Money";
import { StateMark } from "../ui/StateMark";
import { type Run, startedRun } from "./queries";
import { lengthOf } from "./run_figures";
import { isOver } from "./run_state";
import styles from "./StartedRun.module.css";

/** A run that was begun a moment ago: its state as it changes, and what it gave in the end (not with `output` null). */
export function StartedRun({ begun, output = "What it gave" }: { begun: Run; output?: string | null }) {
  const { data: run } = useQuery(startedRun(begun));
  const length = lengthOf(run);
  const message = run.error?.message;
  return (
    <div className={styles.run} aria-live="polite">
      <p className={styles.line}>
        <StateMark state={run.state} detail={length === null ? undefined : duration(length)} />
        <Link to="/runs/$id" params={{ id: run.id }} className="mono" title={run.id}>
          {run.label}
        </Link>
        {isOver(run.state) && Number(run.cost ?? 0) > 0 && <Money amount={run.cost} className="quiet" />}
        {!isOver(run.state) && run.reason && <span className="quiet">{run.reason}</span>}
      </p>
      {run.state === "failed" && (
        <p className={styles.failed}>{typeof message === "string" ? message : "It failed without a word."}</p>
      )}
      {run.state === "completed" && run.ended_at !== null && output !== null && <Json value={run.output} label={output} />}
    </div>
  );
}
