import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bar } from "./bars";
import { slicesOf } from "./density";
import { Scale } from "./scale";

const bar = (from: number, to: number, look: Bar["look"] = "done"): Bar => ({ from, to, look, attempt: 1 });

test("a failure is seen however short it was", () => {
  const slices = slicesOf([bar(0, 1_000), bar(500, 501, "failed")], Scale.even(0, 1_000), 10);
  expect(slices.map((slice) => slice.look)).toEqual([...Array(5).fill("done"), "failed", ...Array(4).fill("done")]);
});

test("more at once stands higher, and nothing is nothing", () => {
  const slices = slicesOf([bar(0, 400), bar(0, 90), bar(0, 90)], Scale.even(0, 1_000), 10);
  expect(slices[0]?.height).toBe(1);
  expect(slices[3]?.height).toBeLessThan(1);
  expect(slices[9]).toEqual({ look: "idle", height: 0 });
});

test("no slice is higher than all of it", () => {
  const some = fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([from, size]) => bar(from, from + size)));
  fc.assert(
    fc.property(some, (bars) => {
      for (const slice of slicesOf(bars, Scale.even(0, 900), 50)) {
        expect(slice.height).toBeGreaterThanOrEqual(0);
        expect(slice.height).toBeLessThanOrEqual(1);
      }
    }),
  );
});
