import type { Schema } from "../../api/client";

type Agent = Schema<"AgentOut">;

/** What stands in the address of the list of agents. */
export type Wish = { q?: string; status?: string; skill?: string; model?: string; archived?: string };

/** A status as the list tells them apart: who waits for a person is not like who waits for a time. */
export type Standing = Agent["status"] | "needs";

export function standingOf({ status, status_reason }: Pick<Agent, "status" | "status_reason">): Standing {
  const asks = status_reason.kind === "approval" || status_reason.kind === "question";
  return status === "waiting" && asks ? "needs" : status;
}

/** The standings in the order in which they matter to who looks. */
export const STANDINGS: readonly Standing[] = ["needs", "running", "waiting", "queued", "error", "paused", "idle", "archived"];

/** The agents that fit, by name: what they do changes all the time, and nothing moves while it is read. */
export function chosen(agents: readonly Agent[], wish: Wish): Agent[] {
  const words = (wish.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return agents
    .filter(
      (agent) => isShown(agent, wish) && fits(agent, wish) && (wish.status === undefined || standingOf(agent) === wish.status),
    )
    .filter((agent) => {
      const said = [agent.name, agent.model, agent.description, ...(agent.skills ?? []), ...(agent.tools ?? [])]
        .join(" ")
        .toLowerCase();
      return words.every((word) => said.includes(word));
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** How many there are of each standing among those that the other filters leave. */
export function counted(agents: readonly Agent[], wish: Wish): Map<Standing, number> {
  const counts = new Map<Standing, number>();
  for (const agent of chosen(agents, { ...wish, status: undefined })) {
    const standing = standingOf(agent);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  return counts;
}

export function isNarrowed(wish: Wish): boolean {
  return [wish.q, wish.status, wish.skill, wish.model].some((one) => one !== undefined);
}

/** `review@3` is the skill `review`, at a version. */
export function skillName(skill: string): string {
  return skill.split("@", 1)[0] ?? skill;
}

function isShown(agent: Agent, wish: Wish): boolean {
  return agent.status !== "archived" || wish.archived !== undefined || wish.status === "archived";
}

function fits(agent: Agent, { skill, model }: Wish): boolean {
  return (
    (skill === undefined || (agent.skills ?? []).some((one) => skillName(one) === skill)) &&
    (model === undefined || agent.model === model)
  );
}
