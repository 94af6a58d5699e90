import { expect, test } from "vitest";
import type { Schema } from "../api/client";
import { agentsOf, spentToday, teamChanges } from "./team_words";

function agent(name: string, cost_today: string | null): Schema<"AgentOut"> {
  return { name, cost_today } as Schema<"AgentOut">;
}

const AGENTS = [agent("atlas", "0.10"), agent("maya", "0.25"), agent("zoe", null)];

test("a team is its lead and its members, in that order, as far as they are there", () => {
  expect(agentsOf({ lead: "maya", members: ["gone", "atlas"] }, AGENTS).map((one) => one.name)).toEqual(["maya", "atlas"]);
});

test("what a team has spent is exact, and unknown where one of its prices is", () => {
  expect(spentToday(AGENTS.slice(0, 2))).toBe("0.35");
  expect(spentToday(AGENTS)).toBeNull();
});

test("two revisions of a team differ field by field, limits one by one", () => {
  const before = { name: "support", lead: "atlas", members: ["maya"], instructions: "", limits: { depth: 8 } };
  const after = { ...before, members: ["maya", "zoe"], instructions: "Ask.", limits: { depth: 2 } };
  expect(teamChanges(before as never, after as never)).toEqual([
    { field: "/members", before: ["maya"], after: ["maya", "zoe"], text: null },
    { field: "/instructions", before: "", after: "Ask.", text: "" },
    { field: "/limits/depth", before: 8, after: 2, text: null },
  ]);
});
