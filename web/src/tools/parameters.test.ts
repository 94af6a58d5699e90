import { expect, test } from "vitest";
import { parametersOf } from "./parameters";

test("arguments are said in words, in the order of their schema", () => {
  const schema = {
    type: "object",
    properties: {
      order: { type: "string", description: "Its number" },
      amount: { anyOf: [{ type: "number" }, { type: "null" }], default: null },
      kind: { enum: ["a", "b"] },
      tags: { type: "array", items: { type: "string" } },
      at: { type: "string", format: "date-time" },
      any: {},
    },
    required: ["order"],
  };
  expect(
    parametersOf(schema).map((one) => `${one.name}${one.required ? "!" : ""} ${one.type} ${one.description}`.trim()),
  ).toEqual([
    "order! text Its number",
    "amount number or null default null",
    'kind "a" | "b"',
    "tags list of texts",
    "at date-time",
    "any anything",
  ]);
});

test("no schema, no arguments", () => {
  expect(parametersOf({})).toEqual([]);
});
