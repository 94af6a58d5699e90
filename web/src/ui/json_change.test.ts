import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, changesOf, pathText } from "./json_change";

describe("where two JSON values differ", () => {
  test("leaf by leaf", () => {
    const before = { order: "A-1", amount: 420, lines: [{ id: 1 }, { id: 2 }], note: "x" };
    const after = { order: "A-1", amount: 300, lines: [{ id: 1 }], who: "Mira" };
    expect(changesOf(before, after)).toEqual([
      { kind: "changed", path: ["amount"], before: 420, after: 300 },
      { kind: "removed", path: ["lines", 1], before: { id: 2 } },
      { kind: "removed", path: ["note"], before: "x" },
      { kind: "added", path: ["who"], after: "Mira" },
    ]);
  });

  test("1 and the text 1 are different", () => {
    expect(changesOf({ a: 1 }, { a: "1" })).toHaveLength(1);
  });

  test("a value does not differ from itself", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => changesOf(value, structuredClone(value)).length === 0));
  });

  test("the changes make the first into the second", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        expect(applied(before, changesOf(before, after))).toEqual(after);
      }),
    );
  });

  test("the way back is the same way", () => {
    const turned = { added: "removed", removed: "added", changed: "changed" };
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const there = changesOf(before, after).map((one) => `${turned[one.kind]} ${JSON.stringify(one.path)}`);
        const back = changesOf(after, before).map((one) => `${one.kind} ${JSON.stringify(one.path)}`);
        expect(there.sort()).toEqual(back.sort());
      }),
    );
  });

  test("a place is written as programmers write it", () => {
    expect(pathText(["lines", 0, "unit price", "net"])).toBe('lines[0]["unit price"].net');
  });
});

function applied(before: unknown, changes: Change[]): unknown {
  const held = { root: structuredClone(before) };
  // Backwards: taking an item out of a list moves only what stands behind it.
  for (const change of [...changes].reverse()) {
    const path = ["root", ...change.path];
    let place: unknown = held;
    for (const part of path.slice(0, -1)) place = (place as Record<string, unknown>)[part];
    const last = path.at(-1) as string;
    if (change.kind !== "removed")
      Object.defineProperty(place, last, { value: change.after, enumerable: true, configurable: true, writable: true });
    else if (Array.isArray(place)) place.length = Math.min(place.length, Number(last));
    else delete (place as Record<string, unknown>)[last];
  }
  return held.root;
}
