import { expect, test } from "vitest";
import { answered, asked } from "./messages";

test("what was asked is told by who said it, calls of tools by their name", () => {
  const input = {
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "What is this?" }, { type: "image_url" }] },
      { role: "assistant", content: null, tool_calls: [{ function: { name: "look", arguments: '{"n":1}' } }] },
      { role: "tool", content: "a cat" },
    ],
  };
  expect(asked(input)).toEqual([
    { role: "system", text: "Be brief." },
    { role: "user", text: "What is this?\n[image_url]" },
    { role: "assistant", text: "", call: { tool: "look", args: { n: 1 } } },
    { role: "tool", text: "a cat" },
  ]);
  expect(asked(null)).toEqual([]);
});

test("an agent's turn is told part by part, thoughts apart from words", () => {
  const output = {
    parts: [
      { part_kind: "thinking", content: "Hm." },
      { part_kind: "text", content: "I look." },
      { part_kind: "tool-call", tool_name: "look", args: "not json" },
    ],
  };
  expect(answered(output)).toEqual([
    { role: "assistant", text: "Hm.", thought: true },
    { role: "assistant", text: "I look." },
    { role: "assistant", text: "", call: { tool: "look", args: "not json" } },
  ]);
});

test("a plain answer is its text, a typed one its value", () => {
  expect(answered("Fine.")).toEqual([{ role: "assistant", text: "Fine." }]);
  expect(answered({ level: "low" })).toEqual([{ role: "assistant", text: '{\n  "level": "low"\n}' }]);
  expect(answered(null)).toEqual([]);
});
