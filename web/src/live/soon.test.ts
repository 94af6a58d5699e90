import { beforeEach, expect, test, vi } from "vitest";
import { soon } from "./soon";

let done: string[];

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
});

test("what is asked for once is done at once", () => {
  soon("list", () => done.push("list"));
  vi.advanceTimersByTime(20);
  expect(done).toEqual(["list"]);
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(["list"]);
});

test("a burst is done at its begin, at its pace, and after its end", () => {
  for (let ms = 0; ms < 1_000; ms += 10) {
    soon("list", () => done.push("list"), 300);
    vi.advanceTimersByTime(10);
  }
  expect(done).toHaveLength(4);
  vi.advanceTimersByTime(10_000);
  expect(done).toHaveLength(5);
});

test("names do not wait for each other, and what fails is done the next time", () => {
  soon("one", () => {
    throw new Error("alas");
  });
  expect(() => vi.advanceTimersByTime(20)).toThrow("alas");
  soon("other", () => done.push("other"));
  soon("one", () => done.push("one"));
  vi.advanceTimersByTime(400);
  expect(done).toEqual(["other", "one"]);
});
