import { describe, expect, it } from "vitest";
import { changeIn, changeSince, type Entry, summary, tellsState } from "./change";

const entry = (action: string, detail: Entry["detail"], id = "aud_9") => ({ id, action, detail }) as Entry;

describe("what an entry changed", () => {
  it("is said by the entry itself where it tells of two states", () => {
    expect(changeIn(entry("task.move", { from: "Doing", to: "Done" }))).toMatchObject({ before: "Doing", after: "Done" });
    expect(changeIn(entry("comment.update", { was: "helo", text: "hello" }))).toMatchObject({ before: "helo", after: "hello" });
    expect(
      changeIn(entry("approval.decide", { approved: true, arguments: { amount: 420 }, edited_args: { amount: 300 } })),
    ).toMatchObject({ before: { amount: 420 }, after: { amount: 300 } });
    expect(changeIn(entry("key.update", { name: "ci", scopes: ["runs:*"], before: { name: "old", scopes: [] } }))).toMatchObject({
      before: { name: "old", scopes: [] },
      after: { name: "ci", scopes: ["runs:*"] },
    });
    expect(changeIn(entry("approval.decide", { approved: true, arguments: { amount: 420 }, edited_args: null }))).toBeNull();
    expect(changeIn(entry("task.create", { title: "x" }))).toBeNull();
    expect(changeIn(entry("task.create", null))).toBeNull();
  });

  it("is otherwise what the entry before it about the same thing said", () => {
    const now = entry("budget.update", { amount: "40", over: "fail", name: "all" }, "aud_5");
    const earlier = [
      entry("budget.raise", { amount: "10", by: "mira" }, "aud_4"),
      entry("agent.update", { amount: "9", over: "ask", name: "all" }, "aud_3"),
      entry("budget.create", { amount: "25", over: "fail", name: "all", unit: "usd" }, "aud_2"),
    ];
    expect(tellsState(now)).toBe(true);
    expect(changeSince(now, [now, ...earlier])).toMatchObject({
      before: { amount: "25", over: "fail", name: "all" },
      after: { amount: "40" },
      against: { id: "aud_2" },
    });
    expect(changeSince(now, [])).toBeNull();
    expect(tellsState(entry("task.create", { title: "x", column: "Todo" }))).toBe(false);
  });
});

it("a line says what happened in a few words", () => {
  expect(summary(entry("task.move", { from: "Doing", to: "Done" }))).toBe("Doing → Done");
  expect(summary(entry("approval.ask", { tool: "issue_refund", run: "run_1" }))).toBe("issue_refund");
  expect(summary(entry("approval.decide", { tool: "issue_refund", approved: true, edited_args: { amount: 1 } }))).toBe(
    "yes, edited, to issue_refund",
  );
  expect(summary(entry("approval.decide", { tool: "issue_refund", approved: false }))).toBe("no to issue_refund");
  expect(summary(entry("task.update", { fields: ["priority", "title"] }))).toBe("priority, title");
  expect(summary(entry("model_limit.set", { tokens_per_minute: 5, requests_per_minute: null }))).toBe("tokens per minute 5");
  expect(summary(entry("task.result", { column: "Review", comment: "cmt_01a207c43fc277d3827fa17cc34aae8d" }))).toBe(
    "column Review",
  );
  expect(summary(entry("task.create", null))).toBe("");
});
