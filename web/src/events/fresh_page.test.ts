import fc from "fast-check";
import { expect, test } from "vitest";
import { type EventPages, withFreshPage } from "./fresh_page";

const event = (n: number, runs: string[] = []) => ({
  id: `e-${n}`,
  event_id: `evt_${n}`,
  name: "order/created",
  received_at: "2026-11-23T09:00:00Z",
  runs,
  test: false,
});
const down = (from: number, to: number) => Array.from({ length: Math.max(from - to, 0) }, (_, place) => event(from - place - 1));
const numbers = (held: EventPages) => held.pages.flatMap((page) => page.data.map((one) => Number(one.event_id.slice(4))));
const shown = (pages: [number, number][], more: string | null): EventPages => ({
  pages: pages.map(([from, to], index) => ({ data: down(from, to), next_cursor: index < pages.length - 1 ? `c${index}` : more })),
  pageParams: pages.map((_, index) => (index === 0 ? undefined : `c${index - 1}`)),
});

test("what is new stands in front, and the pages below keep their cursors", () => {
  const after = withFreshPage(
    shown(
      [
        [5, 3],
        [3, 0],
      ],
      null,
    ),
    { data: down(7, 4), next_cursor: "x" },
  );
  expect(numbers(after)).toEqual([6, 5, 4, 3, 2, 1, 0]);
  expect(after.pages.map((page) => page.next_cursor)).toEqual(["c0", null]);
});

test("a known event has the runs that it has now", () => {
  const after = withFreshPage(shown([[2, 0]], null), { data: [event(1, ["run_1"]), event(0)], next_cursor: null });
  expect(after.pages[0]?.data.map((one) => one.runs)).toEqual([["run_1"], []]);
});

test("where more came than a page holds the list begins anew", () => {
  const after = withFreshPage(shown([[5, 0]], null), { data: down(20, 10), next_cursor: "x" });
  expect(numbers(after)).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10]);
  expect(after.pages[0]?.next_cursor).toBe("x");
});

test("whatever came in between, the list has no gap, nothing twice, and the newest first", () => {
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.nat(60),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      (before, came, size, pages) => {
        const total = before + came;
        const bounds = Array.from(
          { length: pages },
          (_, n) => [Math.max(before - n * size, 0), Math.max(before - (n + 1) * size, 0)] as [number, number],
        );
        const end = Math.max(before - pages * size, 0);
        const held = shown(bounds, end > 0 ? "more" : null);
        const from = Math.max(total - size, 0);
        const after = numbers(withFreshPage(held, { data: down(total, from), next_cursor: from > 0 ? "f" : null }));
        expect(after).toEqual([...after].sort((one, other) => other - one));
        expect(new Set(after).size).toBe(after.length);
        expect(after).toEqual(Array.from(after, (_, place) => total - 1 - place));
        expect(after[0]).toBe(total > 0 ? total - 1 : undefined);
      },
    ),
  );
});
