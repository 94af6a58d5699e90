import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Entry, type EntryPages, fits, withEntries } from "./follow";

const entry = (n: number, more: Partial<Entry> = {}) =>
  ({
    id: `aud_${String(n).padStart(4, "0")}`,
    position: n,
    at: "2026-11-23T09:00:00Z",
    action: "task.move",
    principal: { kind: "person", name: "mira", id: null },
    target: { kind: "task", name: "FF-12" },
    detail: { to: "Done" },
    ...more,
  }) as Entry;

function pages(...numbers: number[][]): EntryPages {
  return {
    pages: numbers.map((page) => ({ data: page.map((n) => entry(n, { position: null })), next_cursor: "more" })),
    pageParams: numbers.map(() => undefined),
  };
}

const ids = (held: EntryPages) => held.pages.flatMap((page) => page.data.map((one) => one.id));

describe("a list that is followed", () => {
  it("shows each entry once and the newest first, in whatever order and however often they come", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Array.from({ length: 12 }, (_, n) => n + 5)),
        fc.array(fc.integer({ min: 5, max: 16 }), { maxLength: 12 }),
        (order, again) => {
          let held = pages([7, 6, 5], [4, 3]);
          for (const n of [...order, ...again]) held = withEntries(held, [entry(n)]);
          const atOnce = withEntries(
            pages([7, 6, 5], [4, 3]),
            [...order, ...again].map((n) => entry(n)),
          );
          expect(ids(held)).toEqual(ids(atOnce));
          expect(ids(held)).toEqual([...ids(held)].sort().reverse());
          expect(new Set(ids(held)).size).toBe(ids(held).length);
        },
      ),
    );
  });

  it("gives an entry its position when it has one", () => {
    const held = withEntries(pages([7, 6], [5]), [entry(5), entry(7)]);
    expect(held.pages.flatMap((page) => page.data.map((one) => one.position))).toEqual([7, null, 5]);
    expect(held.pages[0]?.next_cursor).toBe("more");
  });

  it("shows what the server would have found", () => {
    expect(fits(entry(1), {})).toBe(true);
    expect(fits(entry(1), { actor: "mira", action: "task.", target: "FF-12", q: "DONE" })).toBe(true);
    expect(fits(entry(1), { actor: "mir" })).toBe(false);
    expect(fits(entry(1), { action: "move" })).toBe(false);
    expect(fits(entry(1), { target: "FF-1" })).toBe(false);
    expect(fits(entry(1), { q: "review" })).toBe(false);
    expect(fits(entry(1), { until: "2026-11-22T00:00:00Z" })).toBe(false);
    expect(fits(entry(1, { detail: null, principal: { kind: "person", name: null, id: null } }), { q: "mira" })).toBe(false);
  });
});
