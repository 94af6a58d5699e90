import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";

export type Erasure = Schema<"ErasureOut">;
export type Match = Schema<"MatchIn">;
/** How many of what were found: `open` runs go on, `stays` says why something is left. */
export type Found = { kind: string; count: number; open?: number; stays?: string | null; sample?: string[] };

export const ERASURES = ["erasures"] as const;

export const fetchErasures = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/erasures", { params: { query: { cursor, limit: 50 } }, signal }));

/** What goes on is looked at again and again while somebody waits for it: no stream tells of it. */
export const erasure = (id: string) =>
  queryOptions({
    queryKey: ["erasures", id],
    queryFn: ({ signal }) => ask(api.GET("/v1/erasures/{erasure_id}", { params: { path: { erasure_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data !== undefined && isMoving(state.data.state) ? 1_000 : false),
  });

export function isMoving(state: string): boolean {
  return state === "looking" || state === "erasing" || state === "checking";
}
