import type { Skill } from "../../skills/queries";
import type { Tool } from "../../tools/queries";
import type { Agent } from "../agent_queries";

/** A skill as an agent names it (`refunds`, `refunds@3`), and what is registered under that name. */
export type HeldSkill = { wanted: string; name: string; skill: Skill | undefined };
/** A tool that an agent has; `through`: the skill that brings it, where the agent was not given it itself. */
export type Held = { name: string; tool: Tool | undefined; through?: string };

export function skillsOf(wanted: readonly string[], skills: readonly Skill[]): HeldSkill[] {
  return wanted.map((one) => {
    const [name = one] = one.split("@");
    return { wanted: one, name, skill: skills.find((skill) => skill.name === name) };
  });
}

/** What it was given by name, what its skills bring, and what its MCP servers offer. */
export function toolsOf(agent: Agent, tools: readonly Tool[], skills: readonly Skill[]): Held[] {
  const usable = new Map(tools.filter((tool) => tool.state === "ready").map((tool) => [tool.name, tool]));
  const found = new Map<string, Held>();
  for (const name of agent.tools ?? []) found.set(name, { name, tool: usable.get(name) });
  for (const { name: skillName, skill } of skillsOf(agent.skills ?? [], skills))
    for (const name of skill?.tools ?? [])
      if (!found.has(name)) found.set(name, { name, tool: usable.get(name), through: `skill ${skillName}` });
  for (const tool of usable.values())
    if (tool.server !== null && agent.mcp_servers?.includes(tool.server) && !found.has(tool.name))
      found.set(tool.name, { name: tool.name, tool });
  return [...found.values()];
}

/** Whether a person is asked before a call, as far as the agent and the tool say, and which of them says it. */
export function asksFirst(
  agent: Pick<Agent, "approval">,
  name: string,
  tool: Pick<Tool, "approval" | "effect"> | undefined,
): { asks: boolean; because: string } {
  const own = agent.approval?.[name];
  if (own !== undefined) return { asks: own, because: "The agent's own rule says so." };
  if (tool === undefined) return { asks: false, because: "Nothing is known of the tool." };
  if (tool.approval !== null) return { asks: tool.approval, because: "The tool itself says so." };
  return tool.effect === "read"
    ? { asks: false, because: "It only reads." }
    : { asks: true, because: "It does more than read, and nobody says otherwise." };
}
