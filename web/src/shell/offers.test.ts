import { expect, test } from "vitest";
import { looksLikeAnId } from "./found";
import { namesOneThing, offersFor } from "./offers";

const known = {
  recent: [{ href: "/board/FF-3", title: "FF-3 Sync customers" }],
  commands: [
    { label: "New task", group: "Everywhere", hotkey: "c", run: () => {} },
    { label: "Light or dark", group: "Everywhere", words: "theme", run: () => {} },
    { label: "Pause this agent", group: "Agent", run: () => {} },
  ],
  pages: [
    { label: "Board", href: "/board", hotkey: "g b" },
    { label: "API keys", href: "/settings/keys", within: "Settings", words: "tokens" },
  ],
  found: [{ key: "tsk_1", group: "Tasks", label: "Sync customers", mono: "FF-3", href: "/board/FF-3" }],
};
const labels = (typed: string, found = known.found) =>
  offersFor(typed, { ...known, found }).map((group) => [group.label, ...group.offers.map((one) => one.label)]);

test("before anything is typed it offers where one was, what one can do and the pages", () => {
  expect(labels("", [])).toEqual([
    ["Recent", "FF-3 Sync customers"],
    ["Commands", "New task", "Light or dark", "Pause this agent"],
    ["Go to", "Board"],
  ]);
});

test("acts and pages are found by other words too", () => {
  expect(labels("theme", [])).toEqual([["Commands", "Light or dark"]]);
  expect(labels("tokens", [])).toEqual([["Go to", "API keys"]]);
});

test("a number of a task puts the task first", () => {
  expect(labels("FF-3")[0]).toEqual(["Tasks", "Sync customers"]);
  expect(labels("task")[0]).toEqual(["Commands", "New task"]);
});

test("endings of ids are told from words", () => {
  for (const text of ["8241_a2f7", "a2f7e3b9", "run_01a207bff8ea7000a3ee5f720729e3b9", "1234"])
    expect(looksLikeAnId(text)).toBe(true);
  for (const text of ["face", "decade", "refund", "12", "FF-12", "order/created"]) expect(looksLikeAnId(text)).toBe(false);
  for (const text of ["FF-12", "ops2-7", "8241_a2f7"]) expect(namesOneThing(text)).toBe(true);
  expect(namesOneThing("refund order")).toBe(false);
});
