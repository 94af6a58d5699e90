import { api, ask, type Schema } from "../../api/client";

export type Key = Schema<"KeyOut">;

export const KEYS = ["keys"] as const;

export const fetchKeys = (revoked: boolean) => (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/keys", { params: { query: { revoked, cursor, limit: 200 } }, signal }));
