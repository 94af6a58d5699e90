import { Link } from "@tanstack/react-router";
import { duration } from "../ui/duration";
import { stateWord } from "../ui/StateMark";
import { RUNS_LOOKED_AT, type Run } from "./queries";
import styles from "./RunStrip.module.css";
import { lengthOf } from "./run_figures";

const LOOKS: Record<Run["state"], string> = {
  completed: "done",
  failed: "failed",
  running: "running",
  queued: "open",
  sleeping: "open",
  waiting: "open",
  paused: "open",
  cancelled: "stub",
  skipped: "stub",
};

/** One bar for each of the newest runs, the newest to the right: the higher the longer it took, failed ones marked. */
export function RunStrip({ runs }: { runs: readonly Run[] }) {
  const longest = Math.max(...runs.map((run) => lengthOf(run) ?? 0), 1);
  return (
    // For who sees it: the figures above and the list below say the same.
    <div className={styles.strip} aria-hidden="true">
      {Array.from({ length: Math.max(RUNS_LOOKED_AT - runs.length, 0) }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a place without a run
        <span key={place} className={styles.place} />
      ))}
      {[...runs].reverse().map((run) => (
        <Link
          key={run.id}
          to="/runs/$id"
          params={{ id: run.id }}
          tabIndex={-1}
          className={styles.place}
          title={[run.label, stateWord(run.state), lengthWords(run)].filter(Boolean).join(" · ")}
        >
          <span className={`${styles.bar} ${styles[LOOKS[run.state]]}`} style={{ height: `${heightOf(run, longest)}%` }} />
          <span className={styles.mark}>{run.state === "failed" ? "✗" : ""}</span>
        </Link>
      ))}
    </div>
  );
}

function heightOf(run: Run, longest: number): number {
  const length = lengthOf(run);
  if (length === null) return run.state === "cancelled" || run.state === "skipped" ? 12 : 60;
  return 12 + 88 * Math.sqrt(length / longest);
}

function lengthWords(run: Run): string {
  const length = lengthOf(run);
  return length === null ? "" : duration(length);
}
