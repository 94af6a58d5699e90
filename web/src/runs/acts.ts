import { api, ask, type Schema } from "../api/client";
import type { Run } from "./list_filter";

/** What a person can do to a run, by hand or to many at once. */
export type Act = "cancel" | "replay" | "pause" | "resume" | "dismiss" | "delete";

export const FINAL: ReadonlySet<Run["state"]> = new Set(["completed", "failed", "cancelled", "skipped"]);

export function isOver(run: Pick<Run, "state">): boolean {
  return FINAL.has(run.state);
}

/** Whether the run's state allows it; the server decides all the same. */
export function allows(run: Run, act: Act): boolean {
  switch (act) {
    case "cancel":
      return !isOver(run);
    case "pause":
      return !isOver(run) && run.state !== "paused";
    case "resume":
      return run.state === "paused";
    case "dismiss":
      return run.state === "failed" && run.dismissed_at === null;
    case "replay":
    case "delete":
      return isOver(run);
  }
}

/** Which permission the act needs. */
export function permissionOf(act: Act): string {
  return act === "replay" ? "runs:start" : act === "delete" ? "runs:delete" : "runs:control";
}

const path = (run_id: string) => ({ params: { path: { run_id } } });

export const cancelRun = (id: string) => ask(api.POST("/v1/runs/{run_id}/cancellation", path(id)));
export const pauseRun = (id: string, reason: string | null = null) =>
  ask(api.PUT("/v1/runs/{run_id}/pause", { ...path(id), body: { reason } }));
export const resumeRun = (id: string) => ask(api.DELETE("/v1/runs/{run_id}/pause", path(id)));
export const dismissRun = (id: string) => ask(api.PUT("/v1/runs/{run_id}/dismissal", path(id)));
export const undismissRun = (id: string) => ask(api.DELETE("/v1/runs/{run_id}/dismissal", path(id)));
export const moveRun = (id: string, version: string | null) =>
  ask(api.PUT("/v1/runs/{run_id}/version", { ...path(id), body: { version } }));
export const signalRun = (id: string, signal: string, data: unknown) =>
  ask(api.POST("/v1/runs/{run_id}/signals", { ...path(id), body: { signal, data } }));
export const tellRun = (id: string, text: string) => ask(api.POST("/v1/runs/{run_id}/messages", { ...path(id), body: { text } }));

export async function deleteRun(id: string, force = false): Promise<void> {
  await ask(api.DELETE("/v1/runs/{run_id}", { params: { path: { run_id: id }, query: { force } } }));
}

/** How to run it again. Without `from_step` and `from_failure` everything runs again. */
export type ReplayWish = { from_step?: string; from_failure?: boolean; input?: unknown };

export function replayRun(id: string, wish: ReplayWish, dryRun = false): Promise<Schema<"ReplayOut">> {
  const body = { from_step: null, from_failure: false, ...wish, dry_run: dryRun } as Schema<"ReplayIn">;
  return ask(api.POST("/v1/runs/{run_id}/replays", { ...path(id), body }));
}
