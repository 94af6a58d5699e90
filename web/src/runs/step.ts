import type { Schema } from "../api/client";

type Row = Schema<"StepOut">;

/** What a step failed with: the class, the sentence, and where in the code of the function's author. */
export type StepError = { type: string; message: string; where?: string; traceback?: string; hint?: string };
/** A try that failed. `at` is when it ended. */
export type Attempt = { attempt: number; at: number; ms: number | null; error: StepError | null };

/** A step as the timeline shows it, made of its stored row, of what the stream told since, or of both. Moments are milliseconds since 1970. */
export type Step = {
  key: string;
  name: string;
  kind: string;
  parent: string | null;
  state: Row["state"];
  attempt: number;
  /** Those that failed before the one shown. */
  failed: readonly Attempt[];
  startedAt: number;
  endedAt: number | null;
  due: number | null;
  ms: number | null;
  cost: string | null;
  model: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  error: StepError | null;
  reused: boolean;
  /** The run that it began and waits for. */
  child: string | null;
  /** The approval that it waits for, where the stream told of it. */
  approval: string | null;
  /** The number of the run's stream up to which this is true. */
  seq: number;
  /** The row that it was made of: input and output. Null while only frames told of the step. */
  row: Row | null;
};

const WAITS = new Set([
  "sleep",
  "wait_for_event",
  "wait_for_events",
  "wait_for_signal",
  "invoke",
  "approve",
  "question",
  "dependency",
]);
const PEOPLE = new Set(["approve", "question"]);
const MODELS = new Set(["ai", "agent", "tool"]);

/** Whether nothing works while the step goes on: it waits for a time, an event, a person, another run. */
export function isWait(step: Pick<Step, "kind" | "child" | "row">): boolean {
  return WAITS.has(step.kind) || (step.kind === "agent" && step.child !== null);
}

/** The same of what a frame says of a step: an agent's run is waited for, and such a frame says what was asked. */
export function isWaitFrame(data: Record<string, unknown>): boolean {
  return WAITS.has(String(data.kind)) || (data.kind === "agent" && "input" in data);
}

/** Whether it is a person who has to do something before the step goes on. */
export function needsPerson(step: Pick<Step, "kind" | "state">): boolean {
  return step.state === "waiting" && PEOPLE.has(step.kind);
}

/** Whether the step is a part of what a model did: a call of it, a tool, an agent. */
export function isOfModel(step: Pick<Step, "kind">): boolean {
  return MODELS.has(step.kind);
}

/** When the first of its attempts began: the place of the step among the others. */
export function begins(step: Step): number {
  const first = step.failed[0];
  return first === undefined ? step.startedAt : Math.min(step.startedAt, first.at - (first.ms ?? 0));
}

/** Waits for its next attempt, since the one before failed. */
export function isRetrying(step: Pick<Step, "state" | "failed" | "kind">): boolean {
  return step.state === "waiting" && step.failed.length > 0 && !WAITS.has(step.kind);
}

export function stepOf(row: Row): Step {
  return {
    key: row.key,
    name: row.name,
    kind: row.kind,
    parent: row.parent,
    state: row.state,
    attempt: row.attempt,
    failed: row.attempts.map(attemptOf).filter((one) => one.attempt < row.attempt),
    startedAt: Date.parse(row.started_at),
    endedAt: row.ended_at === null ? null : Date.parse(row.ended_at),
    due: row.due === null ? null : Date.parse(row.due),
    ms: row.ms,
    cost: row.cost,
    model: row.model,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    error: errorOf(row.error),
    reused: row.reused,
    child: row.child,
    approval: approvalOf(row.output),
    seq: row.seq,
    row,
  };
}

function attemptOf(told: Record<string, unknown>): Attempt {
  const at = typeof told.at === "string" ? Date.parse(told.at) : Number.NaN;
  return {
    attempt: Number(told.attempt ?? 1),
    at: Number.isNaN(at) ? 0 : at,
    ms: typeof told.ms === "number" ? told.ms : null,
    error: errorOf(told.error),
  };
}

export function errorOf(told: unknown): StepError | null {
  if (told === null || typeof told !== "object") return null;
  const { type, message, where, traceback, hint } = told as Record<string, unknown>;
  return {
    type: typeof type === "string" ? type : "Error",
    message: typeof message === "string" ? message : "",
    ...(typeof where === "string" && { where }),
    ...(typeof traceback === "string" && { traceback }),
    ...(typeof hint === "string" && { hint }),
  };
}

function approvalOf(output: unknown): string | null {
  const named = output !== null && typeof output === "object" ? (output as Record<string, unknown>).approval : null;
  return typeof named === "string" ? named : null;
}
