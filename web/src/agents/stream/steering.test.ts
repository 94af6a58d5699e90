import { expect, test } from "vitest";
import { type Sent, shownMessages, whereItIs } from "./steering";

const message = (id: string, state: Sent["state"], at: string, more: Partial<Sent> = {}): Sent => ({
  ...{ id, state, text: id, turn: state === "seen" ? 3 : null, author: "mira", created_at: at },
  ...more,
});

test("what waits is shown, and of what was read since the page was opened the latest", () => {
  const messages = [
    message("old", "seen", "2026-11-22T09:00:00Z"),
    message("first", "seen", "2026-11-22T11:00:00Z"),
    message("second", "seen", "2026-11-22T11:01:00Z"),
    message("third", "waiting", "2026-11-22T11:02:00Z"),
  ];
  const shown = shownMessages(messages, [], "2026-11-22T10:00:00Z");
  expect(shown.map((one) => one.id)).toEqual(["second", "third"]);
});

test("a message that was just sent is shown once, before and after the server tells of it", () => {
  const sending = [message("msg_1", "waiting", "2026-11-22T11:00:00Z", { sending: true })];
  expect(shownMessages([], sending, "2026-11-22T10:00:00Z")).toHaveLength(1);
  const told = [message("msg_1", "seen", "2026-11-22T11:00:00Z")];
  const [only, ...rest] = shownMessages(told, sending, "2026-11-22T10:00:00Z");
  expect([only?.state, rest.length]).toEqual(["seen", 0]);
});

test("it says where a message is", () => {
  const at = "2026-11-22T11:00:00Z";
  expect(whereItIs(message("a", "waiting", at, { sending: true }), false)).toBe("is sent");
  expect(whereItIs(message("a", "waiting", at), false)).toBe("waits for the next turn");
  expect(whereItIs(message("a", "waiting", at), true)).toBe("waits: it is read when the work goes on");
  expect(whereItIs(message("a", "seen", at), false)).toBe("delivered at turn 3");
  expect(whereItIs(message("a", "missed", at), false)).toContain("too late");
});
