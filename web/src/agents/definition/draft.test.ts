import fc from "fast-check";
import { expect, test } from "vitest";
import { alike, bodyOf, mergePatch, missingIn, patchTo } from "./draft";
import { type Definition, plainOf } from "./plain";

const PLAIN = { name: "atlas", model: "gpt-4o" };
const WHOLE = {
  ...PLAIN,
  instructions: "",
  description: "",
  skills: [],
  tools: ["issue_refund"],
  approval: { issue_refund: true },
  done_column: "Review",
  model_settings: { temperature: 0.2 },
  fallbacks: [],
  output: null,
  limits: { turns: 50, tool_calls: null, money: null, wall_time: null, on_limit: "fail" },
  budget: "5.00/day",
  concurrency: null,
  memory: false,
  delegates_to: [],
  mcp_servers: [],
  retries: null,
} as unknown as Definition;

test("a definition is shown and sent without what would be so anyway", () => {
  expect(plainOf(WHOLE)).toEqual({
    ...PLAIN,
    tools: ["issue_refund"],
    approval: { issue_refund: true },
    limits: { turns: 50 },
    budget: "5.00/day",
    model_settings: { temperature: 0.2 },
  });
});

test("what is taken away goes back to its default, part by part, and the note is no part of it", () => {
  const draft = {
    ...WHOLE,
    approval: {},
    limits: { ...WHOLE.limits, turns: null, wall_time: "2h" },
    budget: null,
    note: " cheaper ",
  };
  expect(patchTo(WHOLE, draft)).toEqual({
    approval: null,
    limits: { turns: null, wall_time: "2h" },
    budget: null,
    note: "cheaper",
  });
});

test("a note alone changes nothing", () => {
  expect(patchTo(WHOLE, { ...WHOLE, note: "why" })).toEqual({});
});

test("what nobody here knows is sent for the server to refuse", () => {
  expect(bodyOf({ ...PLAIN, temprature: 1, memory: false })).toEqual({ ...PLAIN, temprature: 1 });
});

test("a name and a model are asked for before the server is", () => {
  expect(missingIn({}).map((one) => one.pointer)).toEqual(["/name", "/model"]);
  expect(missingIn({ name: "Atlas", model: "gpt 4o" }).map((one) => one.pointer)).toEqual(["/name", "/model"]);
  expect(missingIn({ name: "atlas-2", model: " gpt-4o " })).toEqual([]);
});

/** RFC 7396, as the server applies it. */
function applied(target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const result = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const held = result[name];
    if (value === null) delete result[name];
    else if (isMap(value) && isMap(held)) result[name] = applied(held, value);
    else result[name] = value;
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

test("a merge patch brings whoever applies it from one object to the other", () => {
  const json = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    value: fc.oneof({ depthSize: "small" }, fc.integer(), fc.string(), fc.boolean(), fc.array(tie("value")), tie("map")),
    map: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { noNullPrototype: true }) as fc.Arbitrary<
      Record<string, unknown>
    >,
  })).map;
  fc.assert(fc.property(json, json, (one, other) => alike(applied(one, mergePatch(one, other)), other)));
});
