import { expect, test } from "vitest";
import type { Card } from "./card";
import { nextCard } from "./useBoardKeys";

const lists = [["a1", "a2", "a3"], [], ["c1"]].map((keys) => keys.map((key) => ({ key }) as Card));
const to = (cursor: string | null, down: number, right: number) => nextCard(lists, cursor, down, right)?.key ?? null;

test("up and down in a column, no further than its ends", () => {
  expect(to("a1", 1, 0)).toBe("a2");
  expect(to("a1", -1, 0)).toBeNull();
  expect(to("a3", 1, 0)).toBeNull();
});

test("to the side, over empty columns, at the same height or the last card", () => {
  expect(to("a3", 0, 1)).toBe("c1");
  expect(to("c1", 0, -1)).toBe("a1");
  expect(to("c1", 0, 1)).toBeNull();
});

test("from nowhere it begins with the first card", () => {
  expect(to(null, 1, 0)).toBe("a1");
  expect(to("gone", 0, 1)).toBe("a1");
});
