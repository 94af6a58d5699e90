import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { paced } from "./pace";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("answers a burst once, a moment after its beginning", () => {
  const act = vi.fn();
  const ask = paced(act, { first: 300, every: 3_000 });
  for (let time = 0; time < 300; time += 10) {
    ask();
    vi.advanceTimersByTime(10);
  }
  expect(act).toHaveBeenCalledTimes(1);
});

it("keeps its pace for as long as it is asked, and is never asked for nothing", () => {
  const act = vi.fn();
  const ask = paced(act, { first: 300, every: 3_000 });
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
  const ask = paced(act, { first: 300, every: 3_000 });
  ask();
  vi.advanceTimersByTime(10_000);
  ask();
  vi.advanceTimersByTime(300);
  expect(act).toHaveBeenCalledTimes(2);
});

it("begins at once where nothing is to be waited for, and loses the last asking to no pause", () => {
  const asked: number[] = [];
  const start = Date.now();
  const ask = paced(() => asked.push(Date.now() - start), { first: 0, every: 400 });
  for (let frame = 0; frame < 20; frame += 1) {
    ask();
    vi.advanceTimersByTime(50);
  }
  vi.advanceTimersByTime(1_000);
  expect(asked).toEqual([0, 400, 800, 1_200]);
});
