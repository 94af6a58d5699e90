import { api, ask, type Schema } from "../../api/client";

export type Tenant = Schema<"TenantOut">;

export const TENANTS = ["tenants"] as const;

export const fetchTenants = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/tenants", { params: { query: { cursor, limit: 100 } }, signal }));
