import type { Schema } from "../api/client";
import { type Frame, text } from "../live/frame";

export type RunState = Schema<"RunOut">["state"];

const AFTER: Record<string, RunState> = {
  "run.queued": "queued",
  "run.started": "running",
  "run.resumed": "running",
  "run.paused": "paused",
  "run.completed": "completed",
  "run.failed": "failed",
  "run.cancelled": "cancelled",
  "run.skipped": "skipped",
};
const FINAL: ReadonlySet<RunState> = new Set(["completed", "failed", "cancelled", "skipped"]);

/** The state that a run has after a frame about it; undefined for what does not change it. */
export function stateAfter(frame: Frame): RunState | undefined {
  if (frame.name !== "run.suspended") return AFTER[frame.name];
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: unknown }[]) : [];
  return waits.length > 0 && waits.every((one) => one.kind === "sleep") ? "sleeping" : "waiting";
}

export function isOver(state: RunState): boolean {
  return FINAL.has(state);
}

/** The newest state of each run that the frames tell of, by the run's id. */
export function statesAfter(frames: readonly Frame[]): Map<string, RunState> {
  const states = new Map<string, RunState>();
  for (const frame of frames) {
    const run = text(frame, "run");
    const state = stateAfter(frame);
    if (run !== undefined && state !== undefined) states.set(run, state);
  }
  return states;
}
