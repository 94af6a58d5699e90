import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";

export type Endpoint = Schema<"EndpointOut">;
export type Delivery = Schema<"WebhookDeliveryOut">;

export const WEBHOOKS = ["webhooks"] as const;
export const ENDPOINTS = ["webhooks", "endpoints"] as const;
export const DELIVERIES = ["webhooks", "deliveries"] as const;

export const fetchEndpoints = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/webhook_endpoints", { params: { query: { cursor, limit: 100 } }, signal }));

export const fetchDeliveries =
  (endpoint: string | undefined, state: Delivery["state"] | undefined) => (cursor: string | undefined, signal: AbortSignal) =>
    ask(api.GET("/v1/webhook_deliveries", { params: { query: { endpoint, state, cursor, limit: 50 } }, signal }));

export const delivery = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "deliveries", "one", id],
    queryFn: ({ signal }) => ask(api.GET("/v1/webhook_deliveries/{delivery}", { params: { path: { delivery: id } }, signal })),
    staleTime: 0,
  });

/** What an endpoint can hear, by family. */
export const NAMES: Record<string, string[]> = {
  run: ["completed", "failed", "cancelled", "skipped"],
  approval: ["requested", "voted", "reminded", "escalated", "decided", "expired"],
  task: ["created", "moved", "assigned", "commented", "updated"],
  agent: ["status"],
  alert: ["opened", "continues", "resolved"],
  webhook_endpoint: ["disabled"],
};
