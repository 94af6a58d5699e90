import { expect, test } from "vitest";
import { approvalWords, canBeTested, EFFECT_NAMES, originWords, stateWords } from "./tool_words";

test("whether a call asks is the tool's word, and else follows from its effect", () => {
  expect(EFFECT_NAMES.map((effect) => approvalWords({ approval: null, effect }).short)).toEqual(["no", "yes", "yes", "yes"]);
  expect(approvalWords({ approval: true, effect: "read" }).short).toBe("yes");
  expect(approvalWords({ approval: false, effect: "money" }).short).toBe("no");
});

test("a tool of a server names it", () => {
  expect(originWords({ origin: "mcp", server: "tracker" })).toBe("MCP tracker");
  expect(originWords({ origin: "builtin", server: null })).toBe("built in");
});

test("only what acts by itself can be called by hand", () => {
  expect(canBeTested({ origin: "builtin", state: "ready", name: "ask_human" })).toBe(false);
  expect(canBeTested({ origin: "builtin", state: "ready", name: "python" })).toBe(true);
  expect(canBeTested({ origin: "mcp", state: "new", name: "a__b" })).toBe(false);
  expect(canBeTested({ origin: "code", state: "ready", name: "pay" })).toBe(true);
});

test("what agents get needs no word", () => {
  expect(stateWords({ state: "ready", origin: "code", name: "a" })).toBeNull();
  for (const state of ["new", "changed", "gone", "shadowed"] as const)
    expect(stateWords({ state, origin: "mcp", name: "a" })).toMatch(/\.$/);
});
