import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { family } from "../live/frame";
import { paced } from "../live/pace";
import { onFrames } from "../live/start";
import { queryClient } from "../query";

const PAGE = 200;

/** By what calls are put together. */
export type GroupBy = Schema<"UsageOut">["group_by"];
/** Which calls a report is over: `since` and `until` are durations back from now ("7d"), or times. */
export type Chosen = {
  since: string;
  until?: string;
  agent?: string;
  function?: string;
  model?: string;
  provider?: string;
  task?: string;
  run?: string;
};

/** What model calls used and cost, a line for each group, the dearest first; page by page. */
export function usageBy(by: GroupBy, chosen: Chosen) {
  return infiniteQueryOptions({
    queryKey: ["usage", by, chosen],
    queryFn: ({ pageParam, signal }) => askUsage(by, chosen, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The same, one page of it. */
export function usageAtOnce(by: GroupBy, chosen: Chosen) {
  return queryOptions({
    queryKey: ["usage", "at once", by, chosen],
    queryFn: ({ signal }) => askUsage(by, chosen, undefined, signal),
    placeholderData: keepPreviousData,
  });
}

/** What each agent has cost on that day (UTC), and all of them together. */
export function spentOn(day: string) {
  return usageAtOnce("agent", { since: `${day}T00:00:00Z` });
}

/** Where the same report is as a table for spreadsheets. */
export function csvAddress(by: GroupBy, chosen: Chosen): string {
  const said = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return `/v1/usage?${new URLSearchParams([["format", "csv"], ["group_by", by], ...said])}`;
}

/** What a model costs now, whoever says so. */
export function priceOf(model: string) {
  return queryOptions({
    queryKey: ["prices", "of", model],
    queryFn: async ({ signal }) => (await ask(api.GET("/v1/prices", { params: { query: { model } }, signal }))).data[0] ?? null,
  });
}

/** The prices that go before the table that comes with LiteLLM: set here, or in an app's file. */
export const ownPrices = queryOptions({
  queryKey: ["prices", "own"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/prices", { signal }))).data,
});

/** All budgets, by name, each with what is used of it now. */
export const budgetList = queryOptions({
  queryKey: ["budgets", "all"],
  queryFn: async ({ signal }) => {
    const budgets: Schema<"BudgetOut">[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await ask(api.GET("/v1/budgets", { params: { query: { limit: PAGE, cursor } }, signal }));
      budgets.push(...page.data);
      if (!page.next_cursor) return budgets;
      cursor = page.next_cursor;
    }
  },
});

/** Who has used what of a budget in the day or month that is now, the fullest first. */
export function spendingOf(budget: string) {
  return queryOptions({
    queryKey: ["budgets", "spending", budget],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/budgets/{budget}/spending", { params: { path: { budget } }, signal }))).data,
  });
}

/** How many tokens and requests a minute each model is asked for at most, by all workers together. */
export const modelLimits = queryOptions({
  queryKey: ["model limits"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/model_limits", { signal }))).data,
});

// The same address also gives a table for spreadsheets, by another `format`.
async function askUsage(
  by: GroupBy,
  chosen: Chosen,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Schema<"UsageOut">> {
  const query = { group_by: by, limit: PAGE, cursor, ...chosen };
  return (await ask(api.GET("/v1/usage", { params: { query }, signal }))) as Schema<"UsageOut">;
}

// A frame tells of a call a moment before its row is there: both are of one step, whose checkpoint writes the row. What a run has cost at its
// end is in by then.
const lookAgain = paced(
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
