import { expect, test } from "vitest";
import { type Answer, inWords } from "./answer";

const answer = (outcome: Answer["outcome"], reason: string | null, trigger: string | null = "order/created"): Answer => ({
  function: "order.ship",
  outcome,
  reason,
  trigger,
  runs: [],
});

test("a filter that was false says what it looked at", () => {
  const said = inWords(answer("filtered", "the filter event.data.total > 1000 is false"), { total: 420 });
  expect(said.sentence).toBe("Its filter `event.data.total > 1000` was false (`total` is `420`).");
});

test("several filters, one of which could not be asked", () => {
  const reason =
    "the filter event.data.total > 1000 is false; the filter event.data.country == \"NO\" failed: there is no 'country'";
  expect(inWords(answer("filtered", reason), { total: 1 }).sentence).toBe(
    "Its filter `event.data.total > 1000` was false; its filter `event.data.country == \"NO\"` could not be asked: there is no 'country' (`total` is `1`).",
  );
});

test("what ran says what it listens to, and what flow control noted", () => {
  expect(inWords(answer("ran", null), {}).sentence).toBe("Listens to `order/created`.");
  expect(inWords(answer("ran", "the key has no value"), {}).sentence).toBe("Listens to `order/created`. The key has no value.");
});

test("every outcome has a sentence and a glyph", () => {
  for (const outcome of [
    "skipped",
    "pending",
    "filter_failed",
    "flow_control",
    "published_later",
    "other_name",
    "no_run",
  ] as const) {
    const said = inWords(answer(outcome, "so it is"), {});
    expect(said.sentence.length).toBeGreaterThan(5);
    expect(said.glyph).not.toBe("");
  }
});
