import { type Frame, number, text } from "../live/frame";
import { addCost } from "./cost";
import { errorOf, isWaitFrame, type Step } from "./step";

/** What a frame makes of a step: of one that is not known yet where `before` is undefined. Undefined for what does not change it. */
export function stepAfter(before: Step | undefined, key: string, frame: Frame, at: number): Step | undefined {
  switch (frame.name) {
    case "step.started":
      return started(before, key, frame, at);
    case "step.retrying":
      return retrying(before ?? fresh(key, frame, at), frame, at);
    case "step.completed":
    case "step.failed":
      return ended(before ?? fresh(key, frame, at), frame, at);
    case "usage.recorded":
      return before === undefined ? undefined : used(before, frame);
    case "approval.requested":
      return before === undefined
        ? undefined
        : { ...before, approval: text(frame, "approval") ?? null, seq: frame.id ?? before.seq };
    default:
      return undefined;
  }
}

function started(before: Step | undefined, key: string, frame: Frame, at: number): Step {
  const begun = fresh(key, frame, at);
  // A new worker begins the same attempt anew; what has ended and begins again was taken back by a person.
  if (before === undefined || before.endedAt !== null) return begun;
  return { ...begun, failed: before.failed, cost: before.cost, model: before.model, row: before.row, ...tokens(before) };
}

function fresh(key: string, frame: Frame, at: number): Step {
  const timeout = number(frame, "timeout_seconds");
  const waits = isWaitFrame(frame.data);
  return {
    key,
    name: text(frame, "name") ?? key,
    kind: text(frame, "kind") ?? "run",
    parent: text(frame, "parent") ?? null,
    state: waits ? "waiting" : "running",
    attempt: number(frame, "attempt") ?? 1,
    failed: [],
    startedAt: at,
    endedAt: null,
    due: waits && timeout !== undefined ? at + timeout * 1_000 : null,
    ms: null,
    cost: null,
    model: null,
    inputTokens: null,
    outputTokens: null,
    error: null,
    reused: false,
    child: null,
    approval: null,
    seq: frame.id ?? 0,
    row: null,
  };
}

function retrying(step: Step, frame: Frame, at: number): Step {
  // Another model is asked within the same attempt: nothing has failed yet.
  if (frame.data.retries === undefined) return { ...step, seq: frame.id ?? step.seq };
  const attempt = number(frame, "attempt") ?? step.attempt;
  const failed = {
    attempt,
    at,
    ms: step.state === "running" ? Math.max(0, at - step.startedAt) : null,
    error: errorOf(frame.data.error),
  };
  return {
    ...step,
    state: "waiting",
    attempt: attempt + 1,
    failed: [...step.failed.filter((one) => one.attempt < attempt), failed],
    due: at + (number(frame, "delay_seconds") ?? 0) * 1_000,
    error: failed.error,
    seq: frame.id ?? step.seq,
  };
}

function ended(step: Step, frame: Frame, at: number): Step {
  const ms = number(frame, "ms") ?? null;
  const attempt = number(frame, "attempt") ?? step.attempt;
  return {
    ...step,
    state: frame.name === "step.completed" ? "completed" : "failed",
    attempt,
    failed: step.failed.filter((one) => one.attempt < attempt),
    startedAt: ms === null ? step.startedAt : at - ms,
    endedAt: at,
    due: null,
    ms,
    cost: text(frame, "cost") ?? null,
    error: errorOf(frame.data.error),
    reused: frame.data.memoized === true,
    seq: frame.id ?? step.seq,
  };
}

function used(step: Step, frame: Frame): Step {
  const model = text(frame, "model") ?? "";
  return {
    ...step,
    cost: frame.data.outcome === "unknown" ? step.cost : addCost(step.cost ?? "0", text(frame, "cost") ?? null),
    model: step.model === null || model > step.model ? model : step.model,
    inputTokens: plus(step.inputTokens, number(frame, "input_tokens")),
    outputTokens: plus(step.outputTokens, number(frame, "output_tokens")),
    seq: frame.id ?? step.seq,
  };
}

function tokens(step: Step): Pick<Step, "inputTokens" | "outputTokens"> {
  return { inputTokens: step.inputTokens, outputTokens: step.outputTokens };
}

function plus(one: number | null, other: number | undefined): number | null {
  return one === null ? (other ?? null) : one + (other ?? 0);
}
