import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { statesAfter } from "../functions/run_state";
import { family, text } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { type Pages, usePages } from "../ui/usePages";
import { type RunPages, withFirstPage, withoutRuns, withRuns, withStates } from "./fresh_runs";
import { filterOf, type Run, type RunSearch } from "./list_filter";

export type StepRow = Schema<"StepOut">;
export type RunWithSteps = { run: Run; steps: StepRow[] };

const PAGE = 50;
/** So many runs that changed are fetched one by one; of more the first page of each list tells. */
const SINGLY_MAX = 3;

/** Runs that fit, the newest first. */
export function useRuns(search: RunSearch): Pages<Run> {
  return usePages(["runs", "list", search], (cursor, signal) => runPage(search, cursor, signal));
}

function runPage(search: RunSearch, cursor?: string, signal?: AbortSignal) {
  const query = { ...filterOf(search, Date.now()), limit: PAGE, cursor };
  return ask(api.GET("/v1/runs", { params: { query }, signal }));
}

/** A run and its steps, by its id, its label or any ending of the id. The run is asked for first: its steps may be newer, never older. */
export function runDetail(id: string) {
  return queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: async ({ signal }): Promise<RunWithSteps> => {
      const run = await ask(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal }));
      return { run, steps: await fetchSteps(run.id, 0, signal) };
    },
  });
}

/** Steps of which more is known than at number `after` of the run's stream. */
export async function fetchSteps(id: string, after: number, signal?: AbortSignal): Promise<StepRow[]> {
  const params = { path: { run_id: id }, query: { after } };
  return (await ask(api.GET("/v1/runs/{run_id}/steps", { params, signal }))).data;
}

export function fetchRun(id: string): Promise<Run> {
  return ask(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: id } } }));
}

/** The approvals that the run waits for. */
export function approvalsOf(run: string) {
  return queryOptions({
    queryKey: ["approvals", "of run", run],
    queryFn: async ({ signal }) => {
      const query = { run, state: "pending" as const, limit: 200 };
      return (await ask(api.GET("/v1/approvals", { params: { query }, signal }))).data;
    },
  });
}

/** What was said to the agent of a run. */
export function runMessages(id: string) {
  return queryOptions({
    queryKey: ["runs", "messages", id],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/runs/{run_id}/messages", { params: { path: { run_id: id }, query: { limit: 200 } }, signal })))
        .data,
  });
}

let listShown: RunSearch = {};

/** The list that was looked at last: the run before and the run after are its. */
export function rememberList(search: RunSearch): void {
  listShown = search;
}

/** The runs beside one in the list that was looked at last, as far as that is here. */
export function neighbours(client: QueryClient, id: string): { newer: string | null; older: string | null } {
  const held = client.getQueryData<RunPages>(["runs", "list", listShown]);
  const ids = held?.pages.flatMap((page) => page.data.map((run) => run.id)) ?? [];
  const place = ids.indexOf(id);
  return place < 0 ? { newer: null, older: null } : { newer: ids[place - 1] ?? null, older: ids[place + 1] ?? null };
}

/** Show runs as an answer says that they are now, wherever they are listed. */
export function patchRuns(client: QueryClient, runs: readonly Run[]): void {
  for (const { queryKey } of client.getQueryCache().findAll({ queryKey: ["runs", "list"] }))
    client.setQueryData<RunPages>(
      queryKey,
      (held) => held && withRuns(held, runs, filterOf(queryKey[2] as RunSearch, Date.now())),
    );
}

export function dropRuns(client: QueryClient, ids: ReadonlySet<string>): void {
  client.setQueriesData<RunPages>({ queryKey: ["runs", "list"] }, (held) => held && withoutRuns(held, ids));
}

const waiting = new Set<string>();

onFrames((frames, client) => {
  const ids = frames.filter((frame) => family(frame) === "run").map((frame) => text(frame, "run"));
  const told = ids.filter((id): id is string => id !== undefined);
  if (told.length === 0) return;
  const states = statesAfter(frames);
  client.setQueriesData<RunPages>({ queryKey: ["runs", "list"] }, (held) => held && withStates(held, states));
  for (const query of client.getQueryCache().findAll({ queryKey: ["runs", "one"], type: "inactive" })) {
    const held = query.state.data as RunWithSteps | undefined;
    if (held !== undefined && told.includes(held.run.id)) client.removeQueries({ queryKey: query.queryKey, exact: true });
  }
  for (const id of told) waiting.add(id);
  soon("runs", () => void freshen(client).catch(() => {}), 150);
});

/** Fetch what changed: some runs one by one, many by the first page of each list that is shown. */
async function freshen(client: QueryClient): Promise<void> {
  const ids = [...waiting];
  waiting.clear();
  const shown = client.getQueryCache().findAll({ queryKey: ["runs", "list"], type: "active" });
  void client.invalidateQueries({ queryKey: ["runs", "list"], type: "inactive", refetchType: "none" });
  if (shown.length === 0) return;
  if (ids.length <= SINGLY_MAX) {
    const found = await Promise.all(ids.map((id) => fetchRun(id).catch(() => null)));
    return patchRuns(
      client,
      found.filter((run) => run !== null),
    );
  }
  for (const { queryKey } of shown) {
    const search = queryKey[2] as RunSearch;
    const fresh = await runPage(search);
    client.setQueryData<RunPages>(queryKey, (held) => held && withFirstPage(held, fresh, filterOf(search, Date.now())));
  }
}
