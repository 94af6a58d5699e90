import type { Run } from "./queries";

/** How the newest runs of a function went. Null where none of them can tell. */
export type Figures = {
  looked: number;
  p50: number | null;
  p95: number | null;
  /** Of those that completed or failed: cancelled and skipped ones say nothing of the code. */
  failed: number;
  ended: number;
};

/** Durations are from the first start to the end: with sleeps and waits, as its caller feels them. */
export function figuresOf(runs: readonly Run[]): Figures {
  const completed = runs.filter((run) => run.state === "completed");
  const failed = runs.filter((run) => run.state === "failed").length;
  const lengths = completed.flatMap((run) => lengthOf(run) ?? []).sort((one, other) => one - other);
  return {
    looked: runs.length,
    p50: percentile(lengths, 0.5),
    p95: percentile(lengths, 0.95),
    failed,
    ended: completed.length + failed,
  };
}

/** How long a run took, in milliseconds; null where it has not both begun and ended. */
export function lengthOf(run: Run): number | null {
  if (!run.started_at || !run.ended_at) return null;
  return Math.max(new Date(run.ended_at).getTime() - new Date(run.started_at).getTime(), 0);
}

/** The nearest rank: a value that was measured, never one between two. */
function percentile(sorted: readonly number[], part: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)] ?? null;
}
