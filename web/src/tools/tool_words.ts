import type { Effect, Tool } from "./queries";

/** What each effect means: how much harm a call can do. */
export const EFFECTS: Record<Effect, string> = {
  read: "changes nothing",
  write: "changes your own data",
  money: "moves money",
  outside: "is seen elsewhere",
};

export const EFFECT_NAMES = Object.keys(EFFECTS) as Effect[];

const ORIGINS: Record<Tool["origin"], string> = {
  code: "code",
  builtin: "built in",
  http: "HTTP",
  mcp: "MCP",
  skill: "skill",
};

export function originWords(tool: Pick<Tool, "origin" | "server">): string {
  return tool.origin === "mcp" && tool.server !== null ? `MCP ${tool.server}` : ORIGINS[tool.origin];
}

/** Whether a call waits for a person, as far as the tool itself says. Agents and policies may say otherwise. */
export function approvalWords(tool: Pick<Tool, "approval" | "effect">): { short: string; long: string } {
  if (tool.approval === true) return { short: "yes", long: "A person is asked before every call." };
  if (tool.approval === false) return { short: "no", long: "The tool itself asks nobody. A policy can still say otherwise." };
  return tool.effect === "read"
    ? { short: "no", long: "It reads, so it runs without asking, unless a policy or the agent's own rules say otherwise." }
    : {
        short: "yes",
        long: `It ${EFFECTS[tool.effect]}, so a person is asked, unless a policy or the agent's own rules say otherwise.`,
      };
}

/** Why agents do not get it, where they do not. */
export function stateWords(tool: Pick<Tool, "state" | "origin" | "name">): string | null {
  switch (tool.state) {
    case "ready":
      return null;
    case "new":
      return "Its server offers it since you looked last. Agents get it once somebody has accepted it.";
    case "changed":
      return "Its server words it otherwise now. Agents get it once somebody has read and accepted that.";
    case "gone":
      return "Its server does not offer it any more.";
    case "shadowed":
      return "Another tool has its name, and agents get that one.";
  }
}

/** Tools of these names can be called by hand; the other built-in ones act in an agent's run only. */
const CALLABLE = new Set(["http_get", "http_request", "web_search", "python"]);

export function canBeTested(tool: Pick<Tool, "origin" | "state" | "name">): boolean {
  if (tool.state !== "ready" && tool.state !== "shadowed") return false;
  return tool.origin === "builtin" ? CALLABLE.has(tool.name) : tool.origin !== "skill";
}
