import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gapsOf, roundMs, Scale, type Span, ticksOf } from "./scale";

const HOUR = 3_600_000;

const span = fc.tuple(fc.nat(10 * HOUR), fc.nat(HOUR)).map(([from, length]): Span => ({ from, to: from + length }));
const times = fc.record({ from: fc.nat(HOUR), length: fc.nat(20 * HOUR), busy: fc.array(span, { maxLength: 30 }) });
const scaled = times.map(({ from, length, busy }) => ({
  scale: Scale.folded(from, from + length, busy),
  from,
  to: from + length,
  busy,
}));

describe("a folded scale", () => {
  test("never goes back", () => {
    fc.assert(
      fc.property(scaled, fc.array(fc.nat(22 * HOUR), { minLength: 2, maxLength: 40 }), ({ scale }, moments) => {
        const places = moments.toSorted((one, other) => one - other).map((moment) => scale.at(moment));
        for (let index = 1; index < places.length; index++)
          expect(places[index]).toBeGreaterThanOrEqual((places[index - 1] as number) - 1e-12);
      }),
    );
  });

  test("covers all of the time and nothing else", () => {
    fc.assert(
      fc.property(scaled, fc.nat(30 * HOUR), ({ scale, from, to }, moment) => {
        expect(scale.at(from)).toBe(0);
        expect(scale.at(Math.max(to, from + 1))).toBe(1);
        expect(scale.at(moment)).toBeGreaterThanOrEqual(0);
        expect(scale.at(moment)).toBeLessThanOrEqual(1);
        expect(Number.isFinite(scale.at(moment))).toBe(true);
      }),
    );
  });

  test("gives no step a negative width, and none that works a smaller share than it had", () => {
    fc.assert(
      fc.property(scaled, ({ scale, from, to, busy }) => {
        for (const one of busy) {
          const width = scale.at(one.to) - scale.at(one.from);
          const inside = Math.max(0, Math.min(one.to, to) - Math.max(one.from, from));
          expect(width).toBeGreaterThanOrEqual(0);
          expect(width).toBeGreaterThanOrEqual(inside / Math.max(1, to - from) - 1e-9);
        }
      }),
    );
  });

  test("folds only time in which nothing worked, and makes it shorter", () => {
    fc.assert(
      fc.property(scaled, ({ scale, busy }) => {
        for (const fold of scale.folds) {
          for (const one of busy) expect(Math.min(one.to, fold.to) - Math.max(one.from, fold.from)).toBeLessThanOrEqual(0);
          expect(fold.end - fold.start).toBeLessThanOrEqual(
            (fold.to - fold.from) / (scale.to - scale.from - scale.foldedMs) + 1e-9,
          );
          expect(fold.end).toBeGreaterThanOrEqual(fold.start);
        }
        expect(scale.foldedMs).toBeGreaterThanOrEqual(-1e-6);
      }),
    );
  });

  test("is turned back into time", () => {
    fc.assert(
      fc.property(scaled, fc.double({ min: 0, max: 1, noNaN: true }), ({ scale }, place) => {
        expect(scale.at(scale.moment(place))).toBeCloseTo(place, 6);
      }),
    );
  });
});

test("two steps of a few milliseconds are seen beside a wait of an hour", () => {
  const scale = Scale.folded(0, HOUR + 40, [
    { from: 0, to: 20 },
    { from: HOUR + 20, to: HOUR + 40 },
  ]);
  expect(scale.folds).toHaveLength(1);
  expect(scale.at(20)).toBeGreaterThan(0.4);
  expect(scale.foldedMs).toBeGreaterThan(HOUR - 10);
});

test("a wait that goes on takes no more room while it goes on", () => {
  const busy = [{ from: 0, to: 100 }];
  expect(Scale.folded(0, 10_000, busy).at(100)).toBe(Scale.folded(0, 900_000, busy).at(100));
});

test("short waits stay as long as they are, and so does a run that did nothing but wait", () => {
  expect(Scale.folded(0, 900, [{ from: 0, to: 10 }]).folds).toEqual([]);
  expect(Scale.folded(0, HOUR, []).folds).toEqual([]);
});

test("a run of no length has an axis all the same", () => {
  expect(Scale.folded(5, 5, []).at(5)).toBe(0);
  expect(Scale.even(5, 5).at(6)).toBe(1);
});

test("gaps are what no span covers", () => {
  const spans = [
    { from: 30, to: 40 },
    { from: -5, to: 10 },
    { from: 5, to: 20 },
  ];
  expect(gapsOf(0, 50, spans)).toEqual([
    { from: 20, to: 30 },
    { from: 40, to: 50 },
  ]);
});

describe("ticks", () => {
  test("are at round times, in order, and never inside of a fold", () => {
    fc.assert(
      fc.property(scaled, fc.integer({ min: 1, max: 12 }), ({ scale }, wanted) => {
        const ticks = ticksOf(scale, { start: 0, end: 1 }, wanted);
        for (const [index, tick] of ticks.entries()) {
          if (index > 0) expect(tick.ms).toBeGreaterThanOrEqual(ticks[index - 1]?.ms as number);
          expect(scale.folds.some((fold) => tick.place > fold.start + 1e-9 && tick.place < fold.end - 1e-9)).toBe(false);
        }
      }),
    );
  });

  test("begin with nought", () => {
    expect(ticksOf(Scale.even(0, 10_000), { start: 0, end: 1 }, 5).map((tick) => tick.ms)).toEqual([
      0, 2_000, 4_000, 6_000, 8_000, 10_000,
    ]);
  });

  test("count as people do", () => {
    expect([3, 700, 1_100, 16_000, 61_000, 4 * HOUR, 60 * HOUR].map(roundMs)).toEqual([
      5,
      1_000,
      2_000,
      30_000,
      120_000,
      6 * HOUR,
      72 * HOUR,
    ]);
  });
});
