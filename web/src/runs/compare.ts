import { addCost } from "./cost";
import type { Step } from "./step";

export type Mark = "same" | "changed" | "left" | "right";
/** A step of one run beside the step of the same key of the other. */
export type Pair = { key: string; name: string; kind: string; left: Step | null; right: Step | null; mark: Mark };
/** What a run comes to in figures. */
export type Figures = { steps: number; tries: number; tokens: number; ms: number | null; cost: string | null };

/** The steps of two runs side by side, by their keys, in the order of the first; what only the second has stands where it came. */
export function pairsOf(left: readonly Step[], right: readonly Step[]): Pair[] {
  const ofRight = new Map(right.map((step) => [step.key, step]));
  const ofLeft = new Set(left.map((step) => step.key));
  // By the key of the shared step before it; null for what comes first.
  const after = new Map<string | null, Step[]>();
  let before: string | null = null;
  for (const step of right) {
    if (ofLeft.has(step.key)) before = step.key;
    else after.set(before, [...(after.get(before) ?? []), step]);
  }
  const pairs: Pair[] = [];
  const addAfter = (key: string | null) => {
    for (const step of after.get(key) ?? []) pairs.push(pair(null, step));
  };
  addAfter(null);
  for (const step of left) {
    pairs.push(pair(step, ofRight.get(step.key) ?? null));
    addAfter(step.key);
  }
  return pairs;
}

function pair(left: Step | null, right: Step | null): Pair {
  const one = (left ?? right) as Step;
  return { key: one.key, name: one.name, kind: one.kind, left, right, mark: markOf(left, right) };
}

function markOf(left: Step | null, right: Step | null): Mark {
  if (left === null) return "right";
  if (right === null) return "left";
  const same = left.state === right.state && left.kind === right.kind && canonical(outcome(left)) === canonical(outcome(right));
  return same ? "same" : "changed";
}

/** What a step came to: what it gave, or what it failed with. */
export function outcome(step: Step): unknown {
  if (step.state === "failed") return { error: step.error?.type ?? null, message: step.error?.message ?? null };
  return step.row?.output ?? null;
}

export function figuresOf(
  steps: readonly Step[],
  run: { started_at: string | null; ended_at: string | null; cost: string | null },
): Figures {
  return {
    steps: steps.length,
    tries: steps.reduce((sum, step) => sum + step.failed.length, 0),
    tokens: steps.reduce((sum, step) => sum + (step.inputTokens ?? 0) + (step.outputTokens ?? 0), 0),
    ms: run.started_at === null || run.ended_at === null ? null : Date.parse(run.ended_at) - Date.parse(run.started_at),
    cost: addCost(run.cost, "0"),
  };
}

/** JSON by which two values can be compared: the order of names does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
