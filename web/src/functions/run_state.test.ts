import { expect, test } from "vitest";
import { stateAfter, statesAfter } from "./run_state";

const frame = (name: string, data: object = {}) => ({ id: 1, name, data: { run: "run_1", ...data } });

test("a run that leaves its worker sleeps, or waits for something else", () => {
  expect(stateAfter(frame("run.suspended", { waits: [{ kind: "sleep" }] }))).toBe("sleeping");
  expect(stateAfter(frame("run.suspended", { waits: [{ kind: "sleep" }, { kind: "event" }] }))).toBe("waiting");
  expect(stateAfter(frame("run.suspended"))).toBe("waiting");
});

test("of several frames about a run the last one counts, and what is no state changes none", () => {
  const frames = [frame("run.queued"), frame("run.progress"), frame("run.started"), frame("run.completed", { run: "run_2" })];
  expect([...statesAfter(frames)]).toEqual([
    ["run_1", "running"],
    ["run_2", "completed"],
  ]);
});
