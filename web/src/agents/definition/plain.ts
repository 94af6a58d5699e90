import type { Schema } from "../../api/client";

/** The part of an agent that people write. */
export type Definition = Schema<"AgentDefinition">;
/** As much of it as says something. */
export type PlainDefinition = Partial<Omit<Definition, "name" | "model">> & { name: string; model: string };

/** The fields of a definition, in the order in which they are shown and written. */
export const FIELDS = [
  "name",
  "model",
  "description",
  "instructions",
  "skills",
  "tools",
  "mcp_servers",
  "approval",
  "delegates_to",
  "memory",
  "budget",
  "limits",
  "concurrency",
  "done_column",
  "output",
  "retries",
  "fallbacks",
  "model_settings",
] as const satisfies readonly (keyof Definition)[];

/** What an agent has of a definition: all else that the server says of it is what it does. */
export function definitionOf(agent: Definition): Definition {
  return Object.fromEntries(FIELDS.map((name) => [name, agent[name]])) as unknown as Definition;
}

/** The definition without what is as it would be anyway. */
export function plainOf(definition: Definition): PlainDefinition {
  const kept: [string, unknown][] = [];
  for (const name of FIELDS) {
    const value = name === "limits" ? limitsOf(definition.limits) : definition[name];
    if (name === "name" || name === "model" || (says(value) && !(name === "done_column" && value === "Review")))
      kept.push([name, value]);
  }
  return Object.fromEntries(kept) as PlainDefinition;
}

function limitsOf(limits: Definition["limits"]): Record<string, unknown> {
  const trimmed = Object.entries(limits ?? {}).map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]);
  const said = trimmed.filter(([name, value]) => says(value) && !(name === "on_limit" && value === "fail"));
  return Object.fromEntries(said);
}

function says(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
