import { expect, test } from "vitest";
import { duration, relative } from "./duration";

test.each([
  [0.4, "0 ms"],
  [12, "12 ms"],
  [1_400, "1.4 s"],
  [41_000, "41 s"],
  [192_000, "3 min 12 s"],
  [3_600_000, "1 h"],
  [15_120_000, "4 h 12 min"],
  [273_600_000, "3 d 4 h"],
])("%d ms is %s", (ms, shown) => {
  expect(duration(ms)).toBe(shown);
});

test("no second is lost to rounding on the way up", () => {
  expect(duration(59_600)).toBe("1 min");
  expect(duration(3_599_700)).toBe("1 h");
});

test.each([
  [-2_000, "just now"],
  [-41_000, "41 s ago"],
  [-120_000, "2 min ago"],
  [82_800_000, "in 23 h"],
  [-172_800_000, "2 d ago"],
])("%d ms from now is %s", (ms, shown) => {
  const now = Date.parse("2026-11-23T10:00:00Z");
  expect(relative(new Date(now + ms).toISOString(), now)).toBe(shown);
});
