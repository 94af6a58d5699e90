import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refresh } from "./refresh";
import { RepeatKeys } from "./repeat_key";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("twenty frames in a second are few requests, the first at once and the last not lost", () => {
  const asked: number[] = [];
  const refresh = new Refresh(() => asked.push(Date.now()), 400);
  const start = Date.now();
  for (let frame = 0; frame < 20; frame += 1) {
    refresh.soon();
    vi.advanceTimersByTime(50);
  }
  vi.advanceTimersByTime(1_000);
  expect(asked[0]).toBe(start);
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(asked.at(-1)).toBeGreaterThanOrEqual(start + 950);
});

test("the same decision tried again has the same key, another decision another", () => {
  const keys = new RepeatKeys();
  const first = keys.of("apr_1", { approved: true });
  expect(keys.of("apr_1", { approved: true })).toBe(first);
  expect(keys.of("apr_1", { approved: false })).not.toBe(first);
  expect(keys.of("apr_2", { approved: true })).not.toBe(first);
  keys.settled("apr_1", { approved: true });
  expect(keys.of("apr_1", { approved: true })).not.toBe(first);
});
