import { expect, test } from "vitest";
import { type EventDetails, withRunStates } from "./queries";

const event = (...states: string[]): EventDetails =>
  ({ runs: states.map((state, n) => ({ id: `run_${n}`, label: `${n}`, function: "f", state })) }) as EventDetails;

test("the runs of an event have the newest state that was told of them", () => {
  const after = withRunStates(
    event("queued", "running"),
    new Map([
      ["run_0", "running"],
      ["run_9", "failed"],
    ]),
  );
  expect(after.runs.map((run) => run.state)).toEqual(["running", "running"]);
});

test("an event that nothing is told of stays the very same, so that nothing is drawn anew", () => {
  const held = event("completed");
  expect(withRunStates(held, new Map([["run_0", "completed"]]))).toBe(held);
  expect(withRunStates(held, new Map([["run_1", "failed"]]))).toBe(held);
});
