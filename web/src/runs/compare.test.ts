import fc from "fast-check";
import { expect, test } from "vitest";
import { figuresOf, pairsOf } from "./compare";
import type { StepRow } from "./queries";
import { type Step, stepOf } from "./step";

const ROW = {
  kind: "run",
  state: "completed",
  attempt: 1,
  attempts: [],
  parent: null,
  input: null,
  error: null,
  ms: 1,
  cost: null,
  model: null,
  input_tokens: null,
  output_tokens: null,
  started_at: "2026-11-22T09:00:00Z",
  ended_at: "2026-11-22T09:00:01Z",
  due: null,
  reused: false,
  seq: 4,
  child: null,
} as const;

function step(key: string, output: unknown = null, more: Partial<StepRow> = {}): Step {
  return stepOf({ ...ROW, key, name: key, output, ...more } as unknown as StepRow);
}

test("steps stand side by side by their keys, marked for what became of them", () => {
  const left = [step("a", 1), step("b", { x: 1, y: 2 }), step("c"), step("d", 1)];
  const right = [step("new"), step("a", 2), step("b", { y: 2, x: 1 }), step("extra"), step("d", 1, { state: "failed" })];
  expect(pairsOf(left, right).map((pair) => [pair.key, pair.mark])).toEqual([
    ["new", "right"],
    ["a", "changed"],
    ["b", "same"],
    ["extra", "right"],
    ["c", "left"],
    ["d", "changed"],
  ]);
});

test("no step is lost and none stands twice", () => {
  const keys = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));
  fc.assert(
    fc.property(keys, keys, (one, other) => {
      const pairs = pairsOf(
        one.map((key) => step(key)),
        other.map((key) => step(key)),
      );
      expect(pairs.map((pair) => pair.key).toSorted()).toEqual([...new Set([...one, ...other])].toSorted());
      expect(pairs.filter((pair) => pair.left !== null).map((pair) => pair.key)).toEqual(one);
    }),
  );
});

test("figures are sums over the steps", () => {
  const steps = [
    step("a", null, { input_tokens: 10, output_tokens: 2 }),
    step("b", null, { attempt: 2, attempts: [{ attempt: 1 }] }),
  ];
  const run = { started_at: "2026-11-22T09:00:00Z", ended_at: "2026-11-22T09:00:02Z", cost: "0.10" };
  expect(figuresOf(steps, run)).toEqual({ steps: 2, tries: 1, tokens: 12, ms: 2_000, cost: "0.1" });
});
