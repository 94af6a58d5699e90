import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { soon } from "./soon";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("answers a burst once, a moment after its beginning", () => {
  const act = vi.fn();
  const ask = soon(act, { first: 300, every: 3_000 });
  for (let time = 0; time < 300; time += 10) {
    ask();
    vi.advanceTimersByTime(10);
  }
  expect(act).toHaveBeenCalledTimes(1);
});

it("keeps its pace for as long as it is asked, and is never asked for nothing", () => {
  const act = vi.fn();
  const ask = soon(act, { first: 300, every: 3_000 });
  for (let time = 0; time < 30_000; time += 100) {
    ask();
    vi.advanceTimersByTime(100);
  }
  expect(act.mock.calls.length).toBeGreaterThanOrEqual(10);
  expect(act.mock.calls.length).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(60_000);
  expect(act.mock.calls.length).toBeLessThanOrEqual(12);
});

it("is quick again after a rest", () => {
  const act = vi.fn();
  const ask = soon(act, { first: 300, every: 3_000 });
  ask();
  vi.advanceTimersByTime(10_000);
  ask();
  vi.advanceTimersByTime(300);
  expect(act).toHaveBeenCalledTimes(2);
});
