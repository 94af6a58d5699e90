import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { family } from "../live/frame";
import { onFrames } from "../live/start";
import { queryClient } from "../query";
import { soon } from "./soon";

/** By what calls are put together. */
export type GroupBy = Schema<"UsageOut">["group_by"];
/** Which calls a report is over: `since` and `until` are durations back from now ("7d"), or times. */
export type Period = { since: string; until?: string; agent?: string; function?: string; model?: string };

/** What model calls used and cost, a line for each group, the dearest first. */
export function usageBy(by: GroupBy, period: Period) {
  return queryOptions({
    queryKey: ["usage", by, period],
    // The same address also gives a table for spreadsheets, by another `format`.
    queryFn: async ({ signal }) =>
      (await ask(
        api.GET("/v1/usage", { params: { query: { group_by: by, limit: 200, ...period } }, signal }),
      )) as Schema<"UsageOut">,
  });
}

/** What each agent has cost on that day (UTC), and all of them together. */
export function spentOn(day: string) {
  return usageBy("agent", { since: `${day}T00:00:00Z` });
}

// A frame tells of a call a moment before its row is there: both are of one step, whose checkpoint writes the row. What a run has cost at its
// end is in by then.
const lookAgain = soon(
  () => {
    void queryClient.invalidateQueries({ queryKey: ["usage"] });
    void queryClient.invalidateQueries({ queryKey: ["budgets"] });
  },
  { first: 400, every: 3_000 },
);

const RUN_STOPS = new Set(["run.completed", "run.failed", "run.cancelled", "run.suspended"]);

onFrames((frames) => {
  if (frames.some((frame) => frame.name === "usage.recorded" || family(frame) === "budget" || RUN_STOPS.has(frame.name)))
    lookAgain();
});
