import fc from "fast-check";
import { expect, test } from "vitest";
import type { Step } from "../step";
import { barsOf, busyOf } from "./bars";
import { rowsOf, shownState } from "./rows";

const NONE = new Set<string>();

function step(key: string, more: Partial<Step> = {}): Step {
  return {
    key,
    name: key,
    kind: "run",
    parent: null,
    state: "completed",
    attempt: 1,
    failed: [],
    startedAt: 0,
    endedAt: 10,
    due: null,
    ms: 10,
    cost: null,
    model: null,
    inputTokens: null,
    outputTokens: null,
    error: null,
    reused: false,
    child: null,
    approval: null,
    seq: 4,
    row: null,
    ...more,
  };
}

const tried = (attempt: number, at: number, ms = 100) => ({ attempt, at, ms, error: { type: "Down", message: "503" } });
const ids = (rows: { id: string }[]) => rows.map((row) => row.id);

test("what a step is made of stands below it, one level in", () => {
  const rows = rowsOf([step("turn:1"), step("write"), step("look:1", { parent: "turn:1" })], { show: "all", q: "", open: NONE });
  expect(rows.map((row) => [row.id, row.level])).toEqual([
    ["turn:1", 1],
    ["look:1", 2],
    ["write", 1],
  ]);
});

test("attempts that failed are lines of their own once the step is opened", () => {
  const flaky = step("notify", { failed: [tried(1, 100), tried(2, 400)], attempt: 3 });
  expect(ids(rowsOf([flaky], { show: "all", q: "", open: NONE }))).toEqual(["notify"]);
  expect(ids(rowsOf([flaky], { show: "all", q: "", open: new Set(["notify"]) }))).toEqual(["notify", "notify #1", "notify #2"]);
});

test("a filter keeps what it finds and what that stands below", () => {
  const steps = [
    step("turn:1", { kind: "ai" }),
    step("look:1", { parent: "turn:1", kind: "tool", state: "failed" }),
    step("write"),
  ];
  expect(ids(rowsOf(steps, { show: "failed", q: "", open: NONE }))).toEqual(["turn:1", "look:1"]);
  expect(ids(rowsOf(steps, { show: "ai", q: "", open: NONE }))).toEqual(["turn:1", "look:1"]);
  expect(ids(rowsOf(steps, { show: "all", q: "WRI", open: NONE }))).toEqual(["write"]);
});

test("every step has exactly one line, whoever is called its parent", () => {
  const some = fc.uniqueArray(
    fc.record({ key: fc.constantFrom(..."abcdefgh"), parent: fc.option(fc.constantFrom(..."abcdefghx")) }),
    {
      selector: (one) => one.key,
    },
  );
  fc.assert(
    fc.property(some, (steps) => {
      const rows = rowsOf(
        steps.map(({ key, parent }) => step(key, { parent })),
        { show: "all", q: "", open: NONE },
      );
      expect(ids(rows).toSorted()).toEqual(steps.map((one) => one.key).toSorted());
    }),
  );
});

test("a bar has a piece for each attempt and a light one for each pause", () => {
  const flaky = step("notify", { failed: [tried(1, 100), tried(2, 400)], attempt: 3, startedAt: 800, endedAt: 900 });
  expect(barsOf(flaky, { now: 2_000, runEndedAt: null }).map((bar) => [bar.look, bar.from, bar.to])).toEqual([
    ["failed", 0, 100],
    ["pause", 100, 300],
    ["failed", 300, 400],
    ["pause", 400, 800],
    ["done", 800, 900],
  ]);
});

test("an attempt that is due runs, and stands still when the run is over", () => {
  const flaky = step("notify", { failed: [tried(1, 100)], attempt: 2, state: "waiting", endedAt: null, due: 500 });
  expect(barsOf(flaky, { now: 300, runEndedAt: null }).map((bar) => bar.look)).toEqual(["failed", "pause"]);
  expect(barsOf(flaky, { now: 900, runEndedAt: null }).map((bar) => bar.look)).toEqual(["failed", "pause", "running"]);
  expect(barsOf(flaky, { now: 900, runEndedAt: 600 }).map((bar) => bar.look)).toEqual(["failed", "pause", "stopped"]);
});

test("no piece of a bar is shorter than nothing", () => {
  const moment = fc.nat(1_000);
  const some = fc.record({
    startedAt: moment,
    endedAt: fc.option(moment),
    due: fc.option(moment),
    state: fc.constantFrom("running", "waiting", "completed", "failed"),
    kind: fc.constantFrom("run", "sleep", "approve"),
    reused: fc.boolean(),
    failed: fc.array(
      fc.nat(5).chain((attempt) => moment.map((at) => tried(attempt, at))),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(some, moment, fc.option(moment), (more, now, runEndedAt) => {
      const one = step("a", { ...more, failed: more.failed.toSorted((a, b) => a.at - b.at) } as Partial<Step>);
      for (const bar of barsOf(one, { now: Math.max(now, 1_000), runEndedAt })) expect(bar.to).toBeGreaterThanOrEqual(bar.from);
    }),
  );
});

test("what waits for long, what is taken over and what is made of other steps is not busy", () => {
  const steps = [
    step("triage", { kind: "ai", startedAt: 0, endedAt: 9_000 }),
    step("triage/turn", { kind: "ai", parent: "triage", startedAt: 10, endedAt: 30 }),
    step("nap", { kind: "sleep", startedAt: 30, endedAt: 8_000 }),
    step("payment", { kind: "wait_for_event", startedAt: 8_000, endedAt: 8_040 }),
    step("old", { reused: true }),
  ];
  expect(busyOf(steps, { now: 9_000, runEndedAt: 9_000 }).map((bar) => [bar.from, bar.to])).toEqual([
    [10, 30],
    [8_000, 8_040],
  ]);
});

test("a step is marked for what it waits for", () => {
  expect(shownState(step("a", { state: "waiting", endedAt: null, kind: "approve" }), false)).toBe("needs");
  expect(shownState(step("a", { state: "waiting", endedAt: null, kind: "sleep" }), false)).toBe("sleeping");
  expect(shownState(step("a", { state: "waiting", endedAt: null, failed: [tried(1, 5)] }), false)).toBe("retrying");
  expect(shownState(step("a", { state: "running", endedAt: null }), true)).toBe("cancelled");
  expect(shownState(step("a", { reused: true }), true)).toBe("cached");
});
