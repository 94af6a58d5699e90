import fc from "fast-check";
import { expect, test } from "vitest";
import type { Frame } from "../../live/frame";
import { RunFigures } from "./figures";

const turn = (id: number, step: string, input: number, cost: string | null): Frame => ({
  id,
  name: "usage.recorded",
  data: { run: "run_1", step, input_tokens: input, output_tokens: 10, cost },
});
const call = (id: number, callId: string): Frame => ({
  id,
  name: "tool_call.executing",
  data: { run: "run_1", tool_call_id: callId },
});

const FRAMES = [turn(1, "turn:1", 100, "0.01"), call(2, "a"), call(3, "b"), turn(4, "turn:2", 300, "0.02"), call(5, "a")];

test("a run's figures do not depend on the order or the number of times that frames come", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...FRAMES, ...FRAMES], { minLength: FRAMES.length * 2 }), (frames) => {
      const figures = new RunFigures();
      for (const frame of frames) figures.hear([frame]);
      const found = figures.of("run_1");
      expect(found).toMatchObject({ turns: 2, toolCalls: 2, context: 310 });
      expect(found.cost).toBeCloseTo(0.03);
    }),
  );
});

test("a call without a price makes the sum unknown, not smaller", () => {
  const figures = new RunFigures();
  figures.hear([turn(1, "turn:1", 100, "0.01"), turn(2, "turn:2", 100, null)]);
  expect(figures.of("run_1").cost).toBeNull();
  expect(figures.of("another")).toEqual({ turns: 0, toolCalls: 0, context: null, cost: 0 });
});
