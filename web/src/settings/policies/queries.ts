import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";

export type Policy = Schema<"PolicyOut">;
export type Rule = Policy["rules"][number];
export type Published = Schema<"PublishedOut">;

export const POLICIES = ["policies"] as const;

export const fetchPolicies = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/policies", { params: { query: { cursor, limit: 100 } }, signal }));

export const fetchRevisions = (policy: string) => (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/policies/{policy}/revisions", { params: { path: { policy }, query: { cursor, limit: 20 } }, signal }));

export const published = queryOptions({
  queryKey: ["policies", "published"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/policies/published", { signal }))).data,
});
