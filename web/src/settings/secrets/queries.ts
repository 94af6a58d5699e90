import { api, ask, type Schema } from "../../api/client";

export type Secret = Schema<"SecretOut">;
export type Scope = Secret["scope"];

export const SECRETS = ["secrets"] as const;

export const fetchSecrets = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/secrets", { params: { query: { cursor, limit: 100 } }, signal }));

/** Who may use it, in words: "everybody here", "only the agent atlas". */
export function usedBy(secret: { scope: Scope; subject: string | null }): string {
  return secret.scope === "tenant" ? "everybody here" : `only the ${secret.scope} ${secret.subject}`;
}
