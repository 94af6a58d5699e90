import { expect, test } from "vitest";
import type { Card, Column } from "./card";
import { targetOf } from "./useDragOnBoard";

const columns = [
  { name: "Todo", category: "todo" },
  { name: "Done", category: "done" },
] as Column[];
const cards = new Map([
  ["Todo", ["FF-1", "FF-2", "FF-3"].map((key) => ({ key }) as Card)],
  ["Done", [{ key: "FF-9" } as Card]],
]);
const board = { columns, cards };

test("a card is put before or after the one at whose edge it was dropped", () => {
  expect(targetOf("FF-3", { column: "Todo", key: "FF-1", edge: "top" }, board)).toEqual({ column: "Todo", before: "FF-1" });
  expect(targetOf("FF-9", { column: "Todo", key: "FF-2", edge: "bottom" }, board)).toEqual({ column: "Todo", after: "FF-2" });
});

test("where it stands already nothing is asked", () => {
  expect(targetOf("FF-2", { column: "Todo", key: "FF-1", edge: "bottom" }, board)).toBeNull();
  expect(targetOf("FF-2", { column: "Todo", key: "FF-3", edge: "top" }, board)).toBeNull();
  expect(targetOf("FF-2", { column: "Todo", key: "FF-2", edge: "top" }, board)).toBeNull();
  expect(targetOf("FF-3", { column: "Todo", key: null, edge: null }, board)).toBeNull();
  expect(targetOf("FF-1", { column: "Todo", key: null, edge: null }, board)).toEqual({ column: "Todo" });
});

test("among what is done the latest comes first: there is no place to choose", () => {
  expect(targetOf("FF-1", { column: "Done", key: "FF-9", edge: "top" }, board)).toEqual({ column: "Done" });
  expect(targetOf("FF-9", { column: "Done", key: null, edge: null }, board)).toBeNull();
});
