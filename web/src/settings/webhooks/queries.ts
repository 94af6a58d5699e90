import { type InfiniteData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";
import { soon } from "../../live/soon";

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

const LOOKS_MAX = 8;

/** Nothing tells how a message fared: one that was just sent, or sent again, is looked at a few times, until it has arrived or failed. */
export function lookAgainSoon(client: QueryClient, sent: string, looks = LOOKS_MAX): void {
  const look = async () => {
    await client.invalidateQueries({ queryKey: DELIVERIES });
    const shown = client.getQueriesData<InfiniteData<Schema<"DeliveryPage">>>({ queryKey: DELIVERIES });
    const rows = shown.flatMap(([, found]) => found?.pages?.flatMap((page) => page.data) ?? []);
    if (looks > 1 && rows.some((one) => one.id === sent && one.state === "pending")) lookAgainSoon(client, sent, looks - 1);
  };
  soon("webhook deliveries", () => void look(), 800);
}

/** What an endpoint can hear, by family. */
export const NAMES: Record<string, string[]> = {
  run: ["completed", "failed", "cancelled", "skipped"],
  approval: ["requested", "voted", "reminded", "escalated", "decided", "expired"],
  task: ["created", "moved", "assigned", "commented", "updated"],
  agent: ["status"],
  alert: ["opened", "continues", "resolved"],
  webhook_endpoint: ["disabled"],
};
