import { expect, test } from "vitest";
import { fits, isFiltered, readFilter, serverFilter, writeFilter } from "./board_filter";
import type { Card } from "./card";

const CARD = {
  key: "FF-7",
  title: "Refund ORD-9218",
  labels: ["refund", "q3"],
  priority: "high",
  assignee: { agent: "atlas" },
} as unknown as Card;

test("an address is read and written the same", () => {
  const search = { assignee: "me", label: "refund,q3", priority: "high", q: "parcel", archived: "yes" };
  expect(writeFilter(readFilter(search))).toEqual({ ...search, filter: undefined });
  expect(isFiltered(readFilter({}))).toBe(false);
});

test("a priority that there is not is no filter", () => {
  expect(readFilter({ priority: "high,soon" }).priorities).toEqual(["high"]);
});

test.each([
  [{ assignee: "atlas" }, true],
  [{ assignee: "nobody" }, false],
  [{ label: "refund,q3" }, true],
  [{ label: "refund,docs" }, false],
  [{ priority: "urgent,high" }, true],
  [{ q: "ff-7 ref" }, true],
  [{ q: "churn" }, false],
])("%o fits: %s", (search, fitting) => {
  expect(fits(CARD, readFilter(search), "mira", null)).toBe(fitting);
});

test("words that stand in a comment are found by the server", () => {
  expect(fits(CARD, readFilter({ q: "churn" }), "mira", new Set(["FF-7"]))).toBe(true);
});

test("what a saved filter asks for is told by the server alone, and me is who looks", () => {
  expect(fits(CARD, readFilter({ filter: "mine" }), "mira", null)).toBe(false);
  expect(serverFilter(readFilter({ assignee: "me", filter: "mine" }), "mira")).toMatchObject({
    assignee: "mira",
    filter: "mine",
  });
});
