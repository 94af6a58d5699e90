import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { text } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { statesAfter } from "./run_state";

export type FunctionOut = Schema<"FunctionOut">;
export type Run = Schema<"RunOut">;
export type FunctionQueue = Schema<"FunctionQueueOut">;
export type Pause = Schema<"PauseOut">;
export type LimitOut = Schema<"LimitOut">;

const PAGE = 200;
const PAGES_MAX = 20;
/** How many runs the figures of a function are made of. */
export const RUNS_LOOKED_AT = 50;
/** The queue is counted anew at most so often, however much goes on. */
const RECOUNT_MS = 1_000;

/** The functions that workers have published, with those that come with FlowForge. */
export const functionList = queryOptions({
  queryKey: ["functions"],
  queryFn: async ({ signal }) => {
    const found: FunctionOut[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const one = await ask(api.GET("/v1/functions", { params: { query: { limit: PAGE, cursor } }, signal }));
      found.push(...one.data);
      if (one.next_cursor == null) break;
      cursor = one.next_cursor;
    }
    return found;
  },
});

/** The newest runs of a function: what its figures are made of. */
export function functionRuns(id: string) {
  return queryOptions({
    queryKey: ["functionRuns", id],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/runs", { params: { query: { function: id, limit: RUNS_LOOKED_AT } }, signal }))).data,
  });
}

/** How many runs of each function are open, and what keeps them. */
export const queue = queryOptions({
  queryKey: ["queue"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/queue", { signal }))).data,
});

export const pauseList = queryOptions({
  queryKey: ["pauses"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/pauses", { signal }))).data,
});

export const limitList = queryOptions({
  queryKey: ["limits"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/limits", { signal }))).data,
});

/** A run that somebody began by hand, followed to its end. */
export function startedRun(begun: Run) {
  return queryOptions({
    queryKey: ["startedRun", begun.id],
    queryFn: ({ signal }) => ask(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: begun.id } }, signal })),
    initialData: begun,
    // It may have gone on before the answer that named it was here.
    refetchOnMount: "always",
  });
}

/** Begin a function without an event. */
export function invoke(id: string, input: unknown): Promise<Run> {
  return ask(api.POST("/v1/functions/{function_id}/runs", { params: { path: { function_id: id } }, body: { input } }));
}

/** Let nothing of a function begin, or of the whole tenant (null). */
export function pause(id: string | null, reason: string | null): Promise<Pause> {
  const body = { reason };
  if (id === null) return ask(api.PUT("/v1/tenant/pause", { body }));
  return ask(api.PUT("/v1/functions/{function_id}/pause", { params: { path: { function_id: id } }, body }));
}

/** Let it begin again: shown at once, and put back where the server refuses. */
export async function resume(client: QueryClient, id: string | null): Promise<void> {
  await client.cancelQueries({ queryKey: pauseList.queryKey });
  const before = client.getQueryData(pauseList.queryKey);
  client.setQueryData(pauseList.queryKey, (held) => held?.filter((one) => one.function !== id || one.everywhere));
  try {
    if (id === null) await ask(api.DELETE("/v1/tenant/pause"));
    else await ask(api.DELETE("/v1/functions/{function_id}/pause", { params: { path: { function_id: id } } }));
  } catch (reason) {
    client.setQueryData(pauseList.queryKey, before);
    throw reason;
  }
  await recount(client);
}

/** Another capacity of a limit; null takes back what the operator has set. */
export function setLimit(name: string, capacity: number | null): Promise<LimitOut> {
  if (capacity === null) return ask(api.DELETE("/v1/limits/{name}", { params: { path: { name } } }));
  return ask(api.PUT("/v1/limits/{name}", { params: { path: { name } }, body: { capacity } }));
}

/** After an act on the queue: what is held of it is stale. */
export async function recount(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: queue.queryKey }),
    client.invalidateQueries({ queryKey: pauseList.queryKey }),
  ]);
}

/** What may have changed with no frame to tell of it: workers come and go, code is loaded anew. Asked when a page is opened. */
export const FRESH = { refetchOnMount: "always" } as const;

onFrames((frames, client) => {
  const states = statesAfter(frames);
  if (states.size === 0) return;
  soon("queue", () => void client.invalidateQueries({ queryKey: queue.queryKey }), RECOUNT_MS);
  for (const [id, state] of states) {
    const key = ["startedRun", id];
    if (client.getQueryState(key) === undefined) continue;
    client.setQueryData<Run>(key, (held) => (held === undefined ? held : { ...held, state }));
    // What it gave, and why it stands where it stands, is not in the frame.
    soon(`startedRun ${id}`, () => void client.invalidateQueries({ queryKey: key }));
  }
  const functions = new Set(frames.map((frame) => text(frame, "function")));
  for (const query of client.getQueryCache().findAll({ queryKey: ["functionRuns"] }))
    if (functions.has(String(query.queryKey[1])))
      soon(query.queryHash, () => void client.invalidateQueries({ queryKey: query.queryKey }), RECOUNT_MS);
});
