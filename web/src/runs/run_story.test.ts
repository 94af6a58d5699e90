import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Schema } from "../api/client";
import type { Frame } from "../live/frame";
import recorded from "./recorded/runs.json";
import { type Heard, isLast, RunStory, type Story } from "./run_story";
import type { Step } from "./step";

type Run = Schema<"RunOut">;
type Row = Schema<"StepOut">;
type Recording = { name: string; run: Run; steps: Row[]; frames: { id: number; event: string; data: Record<string, unknown> }[] };

const RECORDINGS = recorded as unknown as Recording[];
const EMPTY = {
  state: "queued",
  seq: 0,
  cost: "0",
  started_at: null,
  ended_at: null,
  error: null,
  attempt: 1,
  progress: null,
} as const;

/** The frames of a recording, one a second from when the run was made. */
function heard(recording: Recording): Heard[] {
  const begun = Date.parse(recording.run.created_at);
  return recording.frames.map(({ id, event, data }, index) => ({
    frame: { id, name: event, data } satisfies Frame,
    at: begun + index * 1_000,
  }));
}

function atFirst(recording: Recording): Run {
  return { ...recording.run, ...EMPTY };
}

/** What frames can tell of a step; the exact moments, input and output come with its row. */
function toldOf({
  key,
  name,
  kind,
  parent,
  state,
  attempt,
  failed,
  ms,
  cost,
  model,
  inputTokens,
  outputTokens,
  error,
  reused,
}: Step) {
  const tries = failed.map((one) => [one.attempt, one.error?.type, one.error?.message]);
  const took = ms === null ? null : Math.round(ms * 1_000);
  return {
    key,
    name,
    kind,
    parent,
    state,
    attempt,
    tries,
    took,
    cost,
    model,
    inputTokens,
    outputTokens,
    error: error?.message,
    reused,
  };
}

function told({ run, steps }: Story) {
  const { state, attempt, cost, error, seq, progress, unpriced_calls, unknown_calls } = run;
  const sorted = [...steps].sort((one, other) => (one.key < other.key ? -1 : 1)).map(toldOf);
  return { state, attempt, cost, error, seq, progress, unpriced_calls, unknown_calls, steps: sorted };
}

describe.each(RECORDINGS.map((one) => [one.name, one] as const))("the recorded run %s", (_, recording) => {
  const all = heard(recording);
  const end = told(new RunStory(recording.run, recording.steps).story);

  test("told by its frames alone comes to what the server shows at its end", () => {
    const story = new RunStory(atFirst(recording), []);
    story.hear(all);
    expect(told(story.story)).toEqual(end);
    expect(all.filter((one) => isLast(one.frame))).toEqual([all.at(-1)]);
  });

  test("is the same whatever order its frames come in, and however often", () => {
    const inOrder = new RunStory(atFirst(recording), []);
    inOrder.hear(all);
    const arrivals = fc
      .shuffledSubarray([...all, ...all.slice(0, 20)], { minLength: all.length + Math.min(20, all.length) })
      .chain((order) => fc.array(fc.nat({ max: order.length }), { maxLength: 6 }).map((cuts) => pieces(order, cuts)));
    fc.assert(
      fc.property(arrivals, (batches) => {
        const story = new RunStory(atFirst(recording), []);
        for (const batch of batches) story.hear(batch);
        expect(story.story).toEqual(inOrder.story);
      }),
      { numRuns: 60 },
    );
  });

  test("that lost its line resumes by its last frame and misses nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 5 }), fc.nat({ max: 5 }), (cuts, overlap) => {
        const story = new RunStory(atFirst(recording), []);
        for (const cut of [...cuts, all.length].sort((one, other) => one - other)) {
          const from = all.findIndex((one) => (one.frame.id ?? 0) > Math.max(0, story.story.run.seq - overlap));
          story.hear(from < 0 ? [] : all.slice(from, cut));
        }
        story.hear(all);
        expect(told(story.story)).toEqual(end);
      }),
      { numRuns: 60 },
    );
  });

  test("fetched in the middle and followed from there comes to the same", () => {
    fc.assert(
      fc.property(fc.nat({ max: all.length - 1 }), (cut) => {
        const before = new RunStory(atFirst(recording), []);
        before.hear(all.slice(0, cut));
        const seq = before.story.run.seq;
        const rows = recording.steps.filter((row) => row.seq <= seq);
        const story = new RunStory(before.story.run, rows);
        story.hear(all.slice(cut));
        story.take(recording.steps.filter((row) => row.seq > seq));
        expect(told(story.story)).toEqual(end);
      }),
      { numRuns: 30 },
    );
  });
});

test("a row that is older than what the stream told changes nothing", () => {
  const recording = RECORDINGS.find((one) => one.name === "failed") as Recording;
  const story = new RunStory(atFirst(recording), []);
  story.hear(heard(recording));
  const charge = recording.steps.find((row) => row.key === "charge") as Row;
  story.take([{ ...charge, state: "waiting", attempt: 2, ended_at: null, seq: charge.seq - 4 }]);
  expect(story.story.steps.find((step) => step.key === "charge")).toMatchObject({ state: "failed", attempt: 3 });
});

test("a run that was fetched anew lets go of what only the stream had told", () => {
  const recording = RECORDINGS.find((one) => one.name === "nap") as Recording;
  const story = new RunStory(atFirst(recording), []);
  story.hear([
    {
      frame: { id: 3, name: "step.started", data: { step: "ghost", name: "ghost", kind: "run", attempt: 1, parent: null } },
      at: 0,
    },
  ]);
  expect(story.story.steps.map((step) => step.key)).toEqual(["ghost"]);
  story.begin(recording.run, recording.steps);
  expect(story.story.steps.map((step) => step.key)).toEqual(["before", "rest", "after"]);
});

test("a step that another worker begins anew keeps the attempts that failed", () => {
  const about = { step: "charge", name: "charge", kind: "run", parent: null };
  const story = new RunStory(atFirst(RECORDINGS[0] as Recording), []);
  story.hear([
    {
      frame: {
        id: 3,
        name: "step.retrying",
        data: { ...about, attempt: 1, retries: 3, delay_seconds: 4, error: { type: "Down" } },
      },
      at: 1_000,
    },
    { frame: { id: 4, name: "run.resumed", data: { attempt: 2 } }, at: 5_000 },
    { frame: { id: 5, name: "step.started", data: { ...about, attempt: 2 } }, at: 5_000 },
  ]);
  expect(story.story.steps[0]).toMatchObject({ state: "running", attempt: 2, failed: [{ attempt: 1, error: { type: "Down" } }] });
});

function pieces(order: Heard[], cuts: number[]): Heard[][] {
  const at = [0, ...cuts.toSorted((one, other) => one - other), order.length];
  return at.slice(1).map((end, index) => order.slice(at[index], end));
}
