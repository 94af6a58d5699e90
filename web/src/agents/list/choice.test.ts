import { expect, test } from "vitest";
import type { Schema } from "../../api/client";
import { chosen, counted } from "./choice";

type Agent = Schema<"AgentOut">;

function agent(name: string, change: Record<string, unknown> = {}): Agent {
  const reason = { kind: "work", subject: null, since: null };
  const plain = { name, model: "gpt-4o", description: "", skills: [], tools: [], status: "idle", status_reason: reason };
  return { ...plain, ...change } as unknown as Agent;
}

const ASKS = { status: "waiting", status_reason: { kind: "approval", subject: "issue_refund", since: null } };
const TEAM = [
  agent("zoe", { skills: ["review@3"] }),
  agent("atlas", { ...ASKS, tools: ["issue_refund"] }),
  agent("maya", { status: "waiting", status_reason: { kind: "timer", subject: null, since: null }, model: "o3" }),
  agent("gone", { status: "archived" }),
];
const names = (wish: Parameters<typeof chosen>[1]) => chosen(TEAM, wish).map((one) => one.name);

test("agents stand by name, and those that are archived only where they are asked for", () => {
  expect(names({})).toEqual(["atlas", "maya", "zoe"]);
  expect(names({ archived: "1" })).toEqual(["atlas", "gone", "maya", "zoe"]);
  expect(names({ status: "archived" })).toEqual(["gone"]);
});

test("who waits for a person is told apart from who waits for something else", () => {
  expect(names({ status: "needs" })).toEqual(["atlas"]);
  expect(names({ status: "waiting" })).toEqual(["maya"]);
});

test("a skill is found whatever its version is pinned to, and each word narrows", () => {
  expect(names({ skill: "review" })).toEqual(["zoe"]);
  expect(names({ q: "gpt refund" })).toEqual(["atlas"]);
  expect(names({ q: "gpt o3" })).toEqual([]);
});

test("what is counted is what the other filters leave", () => {
  expect(Object.fromEntries(counted(TEAM, { model: "gpt-4o", status: "needs" }))).toEqual({ needs: 1, idle: 1 });
});
