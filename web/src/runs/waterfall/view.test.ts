import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted, inView, isWhole, moved, revealing, type View, WHOLE, zoomed } from "./view";

const view = fc
  .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }))
  .map(([start, size]): View => fitted({ start, end: start + size }));

test("what is shown is always a part of the axis", () => {
  fc.assert(
    fc.property(
      view,
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (one, factor, by) => {
        for (const next of [one, zoomed(one, factor), moved(one, by), revealing(one, 0.3, 0.4)]) {
          expect(next.start).toBeGreaterThanOrEqual(0);
          expect(next.end).toBeLessThanOrEqual(1 + 1e-9);
          expect(next.end - next.start).toBeGreaterThan(0.001);
        }
      },
    ),
  );
});

test("zooming in and out again shows the same", () => {
  const near = zoomed({ start: 0.2, end: 0.6 }, 0.5, 0.3);
  expect(inView(near, 0.3)).toBeCloseTo(inView({ start: 0.2, end: 0.6 }, 0.3));
  const back = zoomed(near, 2, 0.3);
  expect(back.start).toBeCloseTo(0.2);
  expect(back.end).toBeCloseTo(0.6);
});

test("all of it is all of it", () => {
  expect(isWhole(zoomed(WHOLE, 2))).toBe(true);
  expect(isWhole(zoomed(WHOLE, 0.5))).toBe(false);
});

test("a step outside of what is shown is brought in, one inside moves nothing", () => {
  const shown = { start: 0.2, end: 0.4 };
  expect(revealing(shown, 0.39, 0.9)).toBe(shown);
  const next = revealing(shown, 0.8, 0.82);
  expect(next.start).toBeLessThan(0.8);
  expect(next.end).toBeGreaterThan(0.82);
});
