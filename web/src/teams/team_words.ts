import type { Change } from "../agents/definition/Changes";
import type { Schema } from "../api/client";
import { sum } from "../costs/decimal";
import type { Team } from "./queries";

type Agent = Schema<"AgentOut">;
type Definition = Schema<"TeamDefinition">;

/** The agents of a team, its lead first, as far as they are known. */
export function agentsOf(team: Pick<Team, "lead" | "members">, agents: readonly Agent[]): Agent[] {
  return [team.lead, ...team.members].flatMap((name) => agents.find((agent) => agent.name === name) ?? []);
}

/** What a team's agents have cost today; null where one of the prices is not known. What they did elsewhere counts too. */
export function spentToday(agents: readonly Agent[]): string | null {
  const costs = agents.map((agent) => agent.cost_today);
  return costs.some((cost) => cost === null) ? null : sum(costs as string[]);
}

const NAMES: Record<string, string> = {
  name: "Name",
  lead: "Lead",
  members: "Members",
  description: "What it is for",
  instructions: "Instructions for its lead",
  "limits/depth": "Levels of cards",
  "limits/cards_by_run": "Cards by one run",
  "limits/cards_in_tree": "Cards in all",
};

export function teamFieldName(field: string): string {
  return NAMES[field.slice(1)] ?? field.slice(1);
}

/** How one revision of a team became another, field by field. */
export function teamChanges(before: Definition, after: Definition): Change[] {
  const [one, other] = [flat(before), flat(after)];
  return Object.keys(NAMES).flatMap((name) => {
    if (JSON.stringify(one[name]) === JSON.stringify(other[name])) return [];
    const isProse = name === "instructions";
    return [{ field: `/${name}`, before: one[name] ?? null, after: other[name] ?? null, text: isProse ? "" : null }];
  });
}

function flat({ limits, ...rest }: Definition): Record<string, unknown> {
  return { ...rest, ...Object.fromEntries(Object.entries(limits ?? {}).map(([name, value]) => [`limits/${name}`, value])) };
}
