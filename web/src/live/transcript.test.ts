import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry, ToolCall, Transcript } from "./entry";
import type { Frame } from "./frame";
import refund from "./recorded/refund.json";
import retry from "./recorded/retry.json";
import { TranscriptLog } from "./transcript";

const REFUND = refund as Frame[];
const RETRY = retry as unknown as Frame[];
const DELTAS = /_?delta$/;

function told(...batches: readonly (readonly Frame[])[]): Transcript {
  const log = new TranscriptLog();
  for (const batch of batches) log.add(batch);
  return log.transcript;
}

/** Frames in a made-up run, numbered from 1. */
function frames(...said: [name: string, data?: Record<string, unknown>][]): Frame[] {
  return said.map(([name, data], index) => ({ id: index + 1, name, data: { run: "run_1", attempt: 1, ...data } }));
}

function shown(entry: Entry): string {
  if (entry.kind === "event") return entry.frame.name;
  if (entry.kind === "tool") return `${entry.tool} ${entry.state} ${entry.args}`;
  return `${entry.kind}: ${entry.text}${entry.done ? "" : " …"}`;
}

const lines = (transcript: Transcript) => transcript.entries.map(shown);
const calls = (transcript: Transcript) => transcript.entries.filter((entry): entry is ToolCall => entry.kind === "tool");

test("a recorded refund is told in the order in which it happened", () => {
  expect(lines(told(REFUND))).toEqual([
    "task.created",
    "task.assigned",
    "task.moved",
    "reasoning: The customer asks for money back on ORD-9218. I look the order up before I promise anything.",
    "text: I am looking up ORD-9218.",
    'lookup_order completed {"order_id":"ORD-9218"}',
    "reasoning: The order exists. A refund of $420 moves money, so a person has to approve it.",
    "text: I found the order. I ask to refund $420 to ORD-9218.",
    'issue_refund completed {"order_id":"ORD-9218","amount":300}',
    "approval.decided",
    "text: Done: $300 was refunded to ORD-9218. The customer can be told.",
    "task.commented",
    "task.moved",
    "agent.status",
  ]);
});

test("a call that a person changed holds what the model had asked for, who decided, and how long it took", () => {
  const [lookup, call] = calls(told(REFUND));
  expect(lookup).toMatchObject({ result: { order_id: "ORD-9218", state: "lost in transit" }, asked: undefined });
  expect(lookup?.ms).toBeGreaterThanOrEqual(0);
  expect(call).toMatchObject({ asked: '{"order_id":"ORD-9218","amount":420}', decision: "approved", approval: /^apr_/ });
});

test("a call that failed and was tried again is completed, and the retry has a line", () => {
  expect(lines(told(RETRY)).slice(-2)).toEqual(['flaky completed {"attempt":1}', "step.retrying"]);
  expect(calls(told(RETRY)).at(-1)).toMatchObject({ error: undefined, result: "fine now" });
});

test("whatever the order, the pieces and the repeats in which frames arrive, the transcript is that of the sorted log", () => {
  const whole = told(REFUND);
  const arrival = fc
    .tuple(fc.shuffledSubarray(REFUND, { minLength: REFUND.length }), fc.array(fc.constantFrom(...REFUND), { maxLength: 40 }))
    .map(([all, again]) => [...all, ...again]);
  fc.assert(
    fc.property(arrival, fc.array(fc.nat(160), { maxLength: 8 }), (arrived, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < arrived.length).sort((one, other) => one - other), arrived.length];
      expect(told(...places.slice(1).map((end, index) => arrived.slice(places[index], end)))).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test("a reader that is cut anywhere, and goes on with an overlap, has lost and doubled nothing", () => {
  const whole = told(RETRY);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(RETRY.length), fc.nat(30)), { maxLength: 6 }), (cuts) => {
      const log = new TranscriptLog();
      let at = 0;
      for (const [cut, overlap] of [...cuts.sort(([one], [other]) => one - other), [RETRY.length, 0] as const]) {
        log.add(RETRY.slice(Math.max(0, at - overlap), cut));
        at = Math.max(at, cut);
      }
      expect(log.transcript).toEqual(whole);
    }),
  );
});

test("who comes after the pieces were deleted reads the same as who heard them", () => {
  const said = (transcript: Transcript) => transcript.entries.map((entry) => ({ ...entry, id: "", at: 0, when: 0, began: 0 }));
  for (const log of [REFUND, RETRY]) {
    expect(said(told(log.filter((frame) => !DELTAS.test(frame.name))))).toEqual(said(told(log)));
  }
});

test("who joins in the middle of a message is given what was said so far, at any place", () => {
  const ends = lines(told(RETRY)).at(-3);
  fc.assert(
    fc.property(fc.nat(RETRY.length - 1), (place) => {
      const log = new TranscriptLog();
      const before = RETRY.slice(0, place);
      if (before.some((frame) => frame.name === "message.completed")) return;
      const joined = (name: string) =>
        before
          .filter((frame) => frame.name === name)
          .map((frame) => frame.data.text)
          .join("");
      const speaking = { run: before[0]?.data.run, step: "turn:4", attempt: 1 };
      const snapshot = { ...speaking, text: joined("message.delta"), reasoning: joined("reasoning.delta"), tool_calls: [] };
      log.add([{ id: null, name: "message.snapshot", data: snapshot }, ...RETRY.slice(place)]);
      expect(lines(log.transcript)).toContain(ends);
      expect(log.transcript.entries.filter((entry) => entry.kind === "text" || entry.kind === "reasoning")).toHaveLength(2);
    }),
  );
});

test("a snapshot keeps its place when a frame arrives late", () => {
  const log = new TranscriptLog();
  const [queued, , first, second] = frames(
    ["run.queued"],
    ["run.started"],
    ["message.delta", { step: "a", text: " wor" }],
    ["message.delta", { step: "a", text: "ld" }],
  ) as [Frame, Frame, Frame, Frame];
  const snapshot: Frame = { id: null, name: "message.snapshot", data: { run: "run_1", step: "a", attempt: 1, text: "Hello" } };
  log.add([{ ...first, id: 2, data: { ...first.data, text: "Hel" } }, snapshot, first, second]);
  log.add([queued]);
  expect(lines(log.transcript)).toEqual(["run.queued", "text: Hello world …"]);
});

test("a retry, and another worker, void what was half said: words, thoughts and the call that was being written", () => {
  const half = frames(
    ["reasoning.delta", { step: "turn:1", text: "Hm" }],
    ["message.delta", { step: "turn:1", text: "I wi" }],
    ["tool_call.args_delta", { step: "turn:1", tool_call_id: "c1", tool: "pay", text: '{"am' }],
    ["step.retrying", { step: "turn:1", attempt: 1 }],
    ["message.delta", { step: "turn:1", attempt: 2, text: "I will not" }],
    ["run.resumed"],
    ["message.delta", { step: "turn:1", attempt: 2, text: "Done" }],
  );
  expect(lines(told(half.slice(0, 4)))).toEqual(["step.retrying"]);
  expect(lines(told(half))).toEqual(["step.retrying", "run.resumed", "text: Done …"]);
});

test("what another step says at the same time is left alone by a retry", () => {
  const two = frames(
    ["message.delta", { step: "a", text: "one" }],
    ["message.delta", { step: "b", text: "two" }],
    ["step.retrying", { step: "a" }],
  );
  expect(lines(told(two))).toEqual(["text: two …", "step.retrying"]);
});

test("a denied call and an expired one say so", () => {
  const asked = (call: string) => [
    ["tool_call.started", { step: "turn:1", tool_call_id: call, tool: "pay", arguments: "{}" }],
    ["approval.requested", { step: `approve pay:${call}`, approval: `apr_${call}`, tool: "pay" }],
  ];
  const log = frames(
    ...([
      ...asked("c1"),
      ...asked("c2"),
      ["approval.decided", { approval: "apr_c1", tool: "pay", state: "denied" }],
      ["approval.expired", { approval: "apr_c2", tool: "pay" }],
    ] as [string, Record<string, unknown>][]),
  );
  expect(calls(told(log.slice(0, 4))).map((call) => call.state)).toEqual(["waiting", "waiting"]);
  expect(calls(told(log)).map((call) => call.decision)).toEqual(["denied", "expired"]);
});

test("a wait is one line that says when it was over, and a wait for a decision has the approval's lines", () => {
  const at = (second: number) => ({ at: `2026-11-23T10:00:0${second}Z` });
  const log = frames(
    ["run.suspended", { waits: [{ kind: "sleep" }], ...at(1) }],
    ["run.resumed", at(4)],
    ["run.suspended", { waits: [{ kind: "approve" }], ...at(5) }],
    ["run.resumed", at(6)],
  );
  const [wait, ...rest] = told(log).entries;
  expect(wait).toMatchObject({ over: true, when: Date.parse("2026-11-23T10:00:01Z"), until: Date.parse("2026-11-23T10:00:04Z") });
  expect(rest).toEqual([]);
});

test("an empty message leaves no line, and a run that tells its own end is not ended twice", () => {
  const log = frames(
    ["message.completed", { step: "a", text: "", reasoning: "" }],
    ["agent.status", { status: "idle" }],
    ["run.completed"],
  );
  expect(lines(told(log))).toEqual(["run.completed"]);
});

test("a log that was cleared begins anew", () => {
  const log = new TranscriptLog();
  log.add(REFUND);
  log.clear();
  expect(log.transcript).toMatchObject({ entries: [], last: 0 });
  expect(log.add(REFUND.slice(0, 3))).toBe(true);
  expect(log.add(REFUND.slice(0, 3))).toBe(false);
});

test("what a step had said so far, told first of all, stands behind what is fetched of before", () => {
  const log = new TranscriptLog(10);
  const said = (id: number | null, name: string, data: object): Frame => ({
    id,
    name,
    data: { run: "run_1", at: "2026-11-22T09:00:00Z", ...data },
  });
  log.add([said(null, "message.snapshot", { step: "turn:2", attempt: 1, text: "The cau" })]);
  log.add([said(11, "message.delta", { step: "turn:2", attempt: 1, text: "ses" })]);
  log.add([said(9, "message.completed", { step: "turn:1", attempt: 1, text: "First." })]);
  expect(log.transcript.entries.map((entry) => (entry.kind === "text" ? entry.text : entry.kind))).toEqual([
    "First.",
    "The causes",
  ]);
});
