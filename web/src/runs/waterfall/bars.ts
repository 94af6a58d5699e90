import { isRetrying, isWait, needsPerson, type Step } from "../step";
import { FOLDED_MS_MIN, type Span } from "./scale";

/** A piece of a step's bar. `cut`: it goes on to where the run is now. */
export type Bar = Span & {
  look: "done" | "running" | "failed" | "pause" | "wait" | "needs" | "cached" | "stopped";
  /** Of which attempt it is, for pieces that are one. */
  attempt: number | null;
};

/** Whether the run goes on: what has not ended of one that has is stopped, not running. */
export type Clock = { now: number; runEndedAt: number | null };

/**
 * What a step's bar is made of: one piece for each attempt, light ones for the time between them, dashes for waits. What the run that this
 * one replays had done already takes no time.
 */
export function barsOf(step: Step, clock: Clock): Bar[] {
  if (step.reused) {
    const at = Math.min(step.startedAt, clock.now);
    return [{ from: at, to: at, look: "cached", attempt: null }];
  }
  const bars: Bar[] = [];
  for (const tried of step.failed) {
    const from = tried.at - (tried.ms ?? 0);
    const before = bars.at(-1);
    if (before !== undefined) bars.push({ from: before.to, to: Math.max(before.to, from), look: "pause", attempt: null });
    bars.push({ from, to: tried.at, look: "failed", attempt: tried.attempt });
  }
  const reached = bars.at(-1)?.to;
  if (isRetrying(step)) return [...bars, ...retried(step, reached ?? step.startedAt, clock)];
  if (reached !== undefined && step.startedAt > reached)
    bars.push({ from: reached, to: step.startedAt, look: "pause", attempt: null });
  bars.push({
    from: step.startedAt,
    to: Math.max(step.startedAt, endOf(step, clock)),
    look: lookOf(step, clock),
    attempt: step.attempt,
  });
  return bars;
}

/** When the step is over, or how far it has come. */
export function endOf(step: Step, clock: Clock): number {
  return step.endedAt ?? clock.runEndedAt ?? clock.now;
}

/**
 * The stretches that are never folded: those in which a step's own body worked, and short waits, which nobody has to be spared. What is made
 * of other steps is as busy as those.
 */
export function busyOf(steps: readonly Step[], clock: Clock): Span[] {
  const made = new Set<string>();
  const byKey = new Map(steps.map((step) => [step.key, step]));
  for (const step of steps) {
    const above = step.parent === null ? undefined : byKey.get(step.parent);
    if (above !== undefined && step.startedAt < endOf(above, clock)) made.add(above.key);
  }
  return steps
    .filter(
      (step) => !step.reused && !made.has(step.key) && (!isWait(step) || endOf(step, clock) - step.startedAt < FOLDED_MS_MIN),
    )
    .flatMap((step) => barsOf(step, clock).filter((bar) => bar.look !== "pause" && bar.look !== "stopped"));
}

/** A step that waits for its next attempt; once that is due it runs, said or not: only the first attempt of a step announces itself. */
function retried(step: Step, from: number, { now, runEndedAt }: Clock): Bar[] {
  const end = runEndedAt ?? now;
  const due = Math.max(from, Math.min(step.due ?? end, end));
  const bars: Bar[] = [{ from, to: due, look: "pause", attempt: null }];
  if (due < end) bars.push({ from: due, to: end, look: runEndedAt === null ? "running" : "stopped", attempt: step.attempt });
  return bars;
}

function lookOf(step: Step, { runEndedAt }: Clock): Bar["look"] {
  if (step.state === "failed") return "failed";
  if (needsPerson(step)) return runEndedAt === null ? "needs" : "stopped";
  if (isWait(step)) return "wait";
  if (step.state === "completed") return "done";
  return runEndedAt === null ? "running" : "stopped";
}
