import { expect, test } from "vitest";
import { activityWords } from "./activity_words";

test.each([
  [{ action: "created", detail: { column: "Todo" } }, "made the task in Todo"],
  [{ action: "moved", detail: { from: "Todo", to: "Doing" } }, "moved it from Todo to Doing"],
  [{ action: "moved", detail: { from: "Todo", to: "Todo", before: "FF-2" } }, "put it elsewhere in Todo"],
  [
    { action: "assigned", detail: { to: { agent: "atlas" }, start: "waiting", waits_for: ["FF-2"] } },
    "gave it to atlas, who begins when it can: waits for FF-2",
  ],
  [{ action: "assigned", detail: { to: null } }, "took it away from everybody"],
  [{ action: "updated", detail: { priority: "high", labels: [] } }, "set the priority to high, took all labels off"],
  [{ action: "updated", detail: { archived: false, waits: false } }, "took it out of the archive"],
  [{ action: "updated", detail: { anything: 1 } }, "changed it"],
] as const)("%o", (entry, words) => {
  expect(activityWords(entry as unknown as Parameters<typeof activityWords>[0])).toBe(words);
});
