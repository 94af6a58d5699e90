import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";

export type Capacity = Schema<"LimitOut">;
export type Pause = Schema<"PauseOut">;

/** All of this section: nothing tells when they change elsewhere. */
export const LIMITS = ["limits"] as const;

export const rateLimits = queryOptions({
  queryKey: ["limits", "rates"],
  queryFn: ({ signal }) => ask(api.GET("/v1/rate_limits", { signal })),
});

export const capacities = queryOptions({
  queryKey: ["limits", "capacities"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/limits", { signal }))).data,
});

export const pauses = queryOptions({
  queryKey: ["limits", "pauses"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/pauses", { signal }))).data,
});
