import fc from "fast-check";
import { expect, test } from "vitest";
import type { Frame } from "../../live/frame";
import { type FetchAfter, framesBefore } from "./history";

const PAGE = 200;

/** A server that keeps frames of these numbers, of which the pieces are gone, and forgets what is below `oldest`. */
function server(numbers: readonly number[], oldest = 0) {
  let asked = 0;
  const kept = numbers.filter((one) => one >= oldest).map((id): Frame => ({ id, name: "log", data: {} }));
  const fetchAfter: FetchAfter = async (after) => {
    asked += 1;
    if (after > 0 && after < oldest - 1) return { frames: [], isForgotten: true };
    const frames = kept.filter((frame) => (frame.id ?? 0) > after).slice(0, PAGE);
    return { frames, isForgotten: false };
  };
  return { fetchAfter, asked: () => asked, kept };
}

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 9_000 }), { maxLength: 700 }).map((all) => all.sort((a, b) => a - b));

test("going back step by step finds every frame before the place once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      numbers,
      fc.integer({ min: 0, max: 9_500 }),
      fc.integer({ min: 1, max: 150 }),
      async (all, before, wanted) => {
        const { fetchAfter } = server(all);
        let found: Frame[] = [];
        let from = before;
        for (let isAll = false; !isAll; ) {
          const earlier = await framesBefore(from, wanted, fetchAfter);
          found = [...earlier.frames, ...found];
          expect(earlier.isAll || earlier.from < from).toBe(true);
          from = earlier.from;
          isAll = earlier.isAll;
        }
        expect(found.map((frame) => frame.id)).toEqual(all.filter((one) => one <= before));
      },
    ),
    { numRuns: 60 },
  );
});

test("little is asked for where a long message has been put together", async () => {
  const { fetchAfter, asked } = server([1, 2, 3, 20_000, 20_001]);
  const earlier = await framesBefore(20_001, 5, fetchAfter);
  expect(earlier.frames.map((frame) => frame.id)).toEqual([1, 2, 3, 20_000, 20_001]);
  expect(earlier.isAll).toBe(true);
  expect(asked()).toBeLessThan(16);
});

test("what is too old to be kept ends it", async () => {
  const { fetchAfter, kept } = server(
    Array.from({ length: 1_000 }, (_, index) => index + 1),
    900,
  );
  const earlier = await framesBefore(1_000, 500, fetchAfter);
  expect(earlier.isAll).toBe(true);
  expect(earlier.frames.map((frame) => frame.id)).toEqual(kept.map((frame) => frame.id));
});
