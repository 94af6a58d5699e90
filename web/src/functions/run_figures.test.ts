import fc from "fast-check";
import { expect, test } from "vitest";
import type { Run } from "./queries";
import { figuresOf } from "./run_figures";

const run = (state: Run["state"], ms: number | null = null): Run =>
  ({
    state,
    started_at: ms === null ? null : "2026-11-23T09:00:00.000Z",
    ended_at: ms === null ? null : new Date(Date.parse("2026-11-23T09:00:00.000Z") + ms).toISOString(),
  }) as Run;

test("durations are of what completed, the rate of what ended by itself", () => {
  const runs = [
    run("completed", 100),
    run("completed", 300),
    run("failed", 9_000),
    run("cancelled", 1),
    run("skipped"),
    run("running"),
  ];
  expect(figuresOf(runs)).toEqual({ looked: 6, p50: 100, p95: 300, failed: 1, ended: 3 });
});

test("no runs, no figures", () => {
  expect(figuresOf([])).toEqual({ looked: 0, p50: null, p95: null, failed: 0, ended: 0 });
});

test("a percentile is always one of the durations, and they are in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 50 }), (lengths) => {
      const { p50, p95 } = figuresOf(lengths.map((ms) => run("completed", ms)));
      expect(lengths).toContain(p50);
      expect(lengths).toContain(p95);
      expect(p50 ?? 0).toBeLessThanOrEqual(p95 ?? 0);
    }),
  );
});
