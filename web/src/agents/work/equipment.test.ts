import { expect, test } from "vitest";
import type { Skill } from "../../skills/queries";
import type { Tool } from "../../tools/queries";
import type { Agent } from "../agent_queries";
import { asksFirst, skillsOf, toolsOf } from "./equipment";

const tool = (name: string, more: Partial<Tool> = {}) =>
  ({ name, state: "ready", effect: "read", approval: null, server: null, ...more }) as Tool;
const skill = (name: string, tools: string[]) => ({ name, tools }) as Skill;

test("an agent has what it was given, what its skills bring and what its servers offer, each once", () => {
  const agent = { tools: ["search"], skills: ["refunds@2"], mcp_servers: ["crm"] } as Agent;
  const tools = [tool("search"), tool("refund"), tool("crm_find", { server: "crm" }), tool("other", { server: "elsewhere" })];
  const held = toolsOf(agent, tools, [skill("refunds", ["refund", "search"])]);
  expect(held.map((one) => [one.name, one.through])).toEqual([
    ["search", undefined],
    ["refund", "skill refunds"],
    ["crm_find", undefined],
  ]);
});

test("a skill that is named with its version is found, one that is gone is said to be", () => {
  const [first, second] = skillsOf(["refunds@2", "lost"], [skill("refunds", [])]);
  expect(first?.skill?.name).toBe("refunds");
  expect(second?.skill).toBeUndefined();
});

test("the agent's own rule goes before the tool's, and the tool's before its effect", () => {
  const agent = { approval: { refund: false } };
  expect(asksFirst(agent, "refund", tool("refund", { effect: "money", approval: true })).asks).toBe(false);
  expect(asksFirst(agent, "mail", tool("mail", { effect: "outside", approval: false })).asks).toBe(false);
  expect(asksFirst(agent, "mail", tool("mail", { effect: "outside" })).asks).toBe(true);
  expect(asksFirst(agent, "search", tool("search")).asks).toBe(false);
});
