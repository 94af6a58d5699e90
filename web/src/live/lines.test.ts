import { expect, test } from "vitest";
import type { Entry } from "./entry";
import { linesOf } from "./lines";

const event = (at: number, name: string, data: Record<string, unknown>, when = 1_000): Entry => ({
  ...{ kind: "event", id: `event ${at}`, run: null, at, when },
  frame: { id: at, name, data },
});
const names = (entries: Entry[]) =>
  linesOf({ entries, last: 0, began: new Map() }, "all", true).map((line) =>
    line.kind === "entry" && line.entry.kind === "event" ? [line.entry.frame.name, line.entry.frame.data.title] : [line.kind],
  );

test("a card that is made for somebody is one line, with its title", () => {
  const made = [
    event(1, "task.created", { task: "FF-1", title: "Refund" }),
    event(2, "task.assigned", { task: "FF-1", to: { agent: "atlas" } }),
    event(3, "task.moved", { task: "FF-1", from: "Backlog", to: "Doing" }),
  ];
  expect(names(made)).toEqual([["task.assigned", "Refund"]]);
  const lines = linesOf({ entries: made, last: 3, began: new Map() }, "all", true);
  expect(linesOf({ entries: made, last: 3, began: new Map() }, "all", true)[0]).toEqual(lines[0]);
});

test("what was done to a card at different times, or to another card, keeps its lines", () => {
  const later = [
    event(1, "task.created", { task: "FF-1", title: "Refund" }),
    event(2, "task.assigned", { task: "FF-1" }, 2_000),
    event(3, "task.moved", { task: "FF-2" }, 2_000),
  ];
  expect(names(later).map(([name]) => name)).toEqual(["task.created", "task.assigned", "task.moved"]);
});
