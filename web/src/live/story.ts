import type { Entry, ToolCall, Utterance } from "./entry";
import { type Frame, moment, number, text } from "./frame";

/** Frames that are a line of their own. */
const HAPPENINGS = /^(run|approval|task|budget|skill)\.|^agent\.delegated$|^step\.(retrying|failed)$|^log$/;
const UNTOLD = new Set(["run.progress"]);
/** On the stream of an agent or a task a run's end is told by the agent's status alone. */
const ENDS_OF_WORK = new Set(["idle", "error", "paused"]);
const SPOKEN = [
  ["reasoning", "reasoning"],
  ["text", "text"],
] as const;

/** Frames in their order, and the entries that they come to. An entry that changes is a new object, so that only its line is drawn anew. */
export class Story {
  #entries: (Entry | null)[] = [];
  /** Where the text and the reasoning of an open step stand. */
  #open = new Map<string, number>();
  #tools = new Map<string, number>();
  #ends = new Map<string, number>();
  #waits = new Map<string, number>();
  #asked = new Map<string, number>();
  #askedAt = new Map<string, number | null>();

  /** When the first frame of each run was stored. */
  readonly began = new Map<string, number>();

  entries(): Entry[] {
    return this.#entries.filter((entry) => entry !== null);
  }

  tell(frame: Frame): void {
    const run = text(frame, "run");
    const at = moment(frame);
    if (run !== undefined && at !== null && !this.began.has(run)) this.began.set(run, at);
    switch (frame.name) {
      case "message.delta":
        return this.#speak("text", frame);
      case "reasoning.delta":
        return this.#speak("reasoning", frame);
      case "message.snapshot":
        return this.#snapshot(frame);
      case "message.completed":
        return this.#complete(frame);
      case "tool_call.args_delta":
        return this.#change(frame, (call) => ({ ...call, args: call.args + (text(frame, "text") ?? "") }));
      case "tool_call.started":
        return this.#change(frame, (call) => ({ ...call, state: "started", args: argsOf(frame) ?? call.args }));
      case "tool_call.executing":
        return this.#change(frame, (call) => executing(call, frame));
      case "tool_call.completed":
        return this.#change(frame, (call) =>
          ended(call, frame, { state: "completed", result: frame.data.result, error: undefined }),
        );
      case "tool_call.failed":
        return this.#change(frame, (call) => ended(call, frame, { state: "failed", error: frame.data.error }));
      case "step.retrying":
        this.#void(text(frame, "run") ?? "", text(frame, "step") ?? "");
        this.#happen(frame);
        return;
      case "run.suspended":
        return this.#suspend(frame);
      case "run.resumed":
        this.#void(text(frame, "run") ?? "");
        return this.#resume(frame);
      case "agent.status":
        return this.#status(frame);
      case "approval.requested":
        return this.#await(frame);
      case "approval.decided":
      case "approval.expired":
        return this.#decide(frame);
      default:
        if (HAPPENINGS.test(frame.name) && !UNTOLD.has(frame.name)) this.#happen(frame);
    }
  }

  #speak(kind: Utterance["kind"], frame: Frame): void {
    const { entry, index } = this.#said(kind, frame);
    this.#entries[index] = { ...entry, text: entry.text + (text(frame, "text") ?? "") };
  }

  #snapshot(frame: Frame): void {
    for (const [kind, field] of SPOKEN) {
      const whole = text(frame, field);
      if (!whole) continue;
      const { entry, index } = this.#said(kind, frame);
      this.#entries[index] = { ...entry, text: whole };
    }
    const calls = Array.isArray(frame.data.tool_calls) ? (frame.data.tool_calls as Record<string, unknown>[]) : [];
    for (const call of calls) {
      const one: Frame = { ...frame, data: { ...frame.data, ...call } };
      this.#change(one, (held) => ({ ...held, args: argsOf(one) ?? held.args }));
    }
  }

  #complete(frame: Frame): void {
    for (const [kind, field] of SPOKEN) {
      const whole = text(frame, field) ?? "";
      if (whole === "" && !this.#open.has(keyOf(frame, kind))) continue;
      const { entry, index } = this.#said(kind, frame);
      this.#entries[index] = whole === "" ? null : { ...entry, text: whole, done: true, passed: undefined };
      this.#open.delete(keyOf(frame, kind));
    }
  }

  /** The open utterance of that kind of the frame's step and attempt, begun if there is none. */
  #said(kind: Utterance["kind"], frame: Frame): { entry: Utterance; index: number } {
    const step = text(frame, "step") ?? "";
    const run = text(frame, "run") ?? "";
    const attempt = number(frame, "attempt") ?? 1;
    const key = keyOf(frame, kind);
    const index = this.#open.get(key);
    const held = index === undefined ? null : this.#entries[index];
    if (index !== undefined && held?.kind === kind && held.attempt === attempt) return { entry: held, index };
    if (index !== undefined) this.#void(run, step);
    const entry: Utterance = {
      kind,
      id: `${key} ${attempt} ${frame.id}`,
      ...told(frame),
      run,
      step,
      attempt,
      text: "",
      done: false,
    };
    this.#open.set(key, this.#entries.push(entry) - 1);
    if (kind === "text") this.#pass(frame);
    return { entry, index: this.#entries.length - 1 };
  }

  /** Words follow a thought: it is over, though the message is not. */
  #pass(frame: Frame): void {
    const index = this.#open.get(keyOf(frame, "reasoning"));
    const thought = index === undefined ? null : this.#entries[index];
    if (index !== undefined && thought?.kind === "reasoning") this.#entries[index] = { ...thought, passed: true };
  }

  #change(frame: Frame, change: (call: ToolCall) => ToolCall): void {
    const callId = text(frame, "tool_call_id");
    if (callId === undefined) return;
    const run = text(frame, "run") ?? "";
    const step = text(frame, "step") ?? "";
    const id = `${run} ${callId}`;
    const index = this.#tools.get(id);
    const held = index === undefined ? null : this.#entries[index];
    if (index !== undefined && held?.kind === "tool") {
      this.#entries[index] = change(held);
      return;
    }
    const tool = text(frame, "tool") ?? "tool";
    const fresh: ToolCall = { kind: "tool", id, ...told(frame), run, step, callId, tool, args: "", state: "speaking" };
    this.#tools.set(id, this.#entries.push(change(fresh)) - 1);
  }

  /** Forget what a step, or every step of a run, was saying: its next attempt, or the next worker, begins anew. */
  #void(run: string, step?: string): void {
    const concerns = (entry: Entry | null | undefined) =>
      entry?.run === run && "step" in entry && (step === undefined || entry.step === step);
    for (const [key, index] of this.#open) {
      if (!concerns(this.#entries[index])) continue;
      this.#entries[index] = null;
      this.#open.delete(key);
    }
    for (const [key, index] of this.#tools) {
      const call = this.#entries[index];
      if (call?.kind !== "tool" || call.state !== "speaking" || !concerns(call)) continue;
      this.#entries[index] = null;
      this.#tools.delete(key);
    }
  }

  #happen(frame: Frame, waited?: number): number {
    const run = text(frame, "run") ?? null;
    const shown = run === null ? undefined : this.#ends.get(run);
    if (shown !== undefined && /^run\.(completed|failed|cancelled|paused)$/.test(frame.name)) this.#entries[shown] = null;
    return this.#entries.push({ kind: "event", id: `event ${frame.id}`, ...told(frame), run, frame, waited }) - 1;
  }

  /** A wait is one line, from its beginning to its end. One for a decision has the approval's own lines. */
  #suspend(frame: Frame): void {
    const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: string }[]) : [];
    if (waits.length > 0 && waits.every((wait) => wait.kind === "approve")) this.#waits.set(text(frame, "run") ?? "", -1);
    else this.#waits.set(text(frame, "run") ?? "", this.#happen(frame));
  }

  #resume(frame: Frame): void {
    const run = text(frame, "run") ?? "";
    const index = this.#waits.get(run);
    this.#waits.delete(run);
    if (index === undefined) this.#happen(frame);
    const wait = index === undefined ? null : this.#entries[index];
    if (index !== undefined && wait?.kind === "event") this.#entries[index] = { ...wait, over: true, until: moment(frame) };
  }

  /** The end of a run is worth a line, unless the run tells it itself. */
  #status(frame: Frame): void {
    const run = text(frame, "run") ?? null;
    if (!ENDS_OF_WORK.has(text(frame, "status") ?? "")) return;
    const index = this.#entries.push({ kind: "event", id: `event ${frame.id}`, ...told(frame), run, frame }) - 1;
    if (run !== null) this.#ends.set(run, index);
  }

  /**
   * The call that an approval is about waits for it, and says so. Its step is named for the call: `approve <tool>:<call id>`. What is no call
   * of a model has a line of its own.
   */
  #await(frame: Frame): void {
    const run = text(frame, "run") ?? "";
    const step = text(frame, "step") ?? "";
    const approval = text(frame, "approval") ?? "";
    const found = this.#eachCall(
      (call) => call.run === run && step.endsWith(`:${call.callId}`),
      (call) => ({ ...call, state: "waiting", approval, why: text(frame, "reason") }),
    );
    this.#askedAt.set(approval, moment(frame));
    if (!found) this.#asked.set(approval, this.#happen(frame));
  }

  #decide(frame: Frame): void {
    const approval = text(frame, "approval");
    const state = frame.name === "approval.expired" ? "expired" : text(frame, "state");
    this.#eachCall(
      (call) => call.approval === approval && call.state === "waiting",
      (call) => ({ ...call, state: "decided", decision: state === "approved" || state === "expired" ? state : "denied" }),
    );
    const asked = this.#asked.get(approval ?? "");
    const entry = asked === undefined ? null : this.#entries[asked];
    if (asked !== undefined && entry?.kind === "event") this.#entries[asked] = { ...entry, over: true, until: moment(frame) };
    const since = this.#askedAt.get(approval ?? "") ?? null;
    const at = moment(frame);
    this.#happen(frame, asked !== undefined || since === null || at === null ? undefined : at - since);
  }

  /** Change the calls that are concerned; true where there was one. */
  #eachCall(concerned: (call: ToolCall) => boolean, change: (call: ToolCall) => ToolCall): boolean {
    let found = false;
    for (const index of this.#tools.values()) {
      const call = this.#entries[index];
      if (call?.kind !== "tool" || !concerned(call)) continue;
      this.#entries[index] = change(call);
      found = true;
    }
    return found;
  }
}

function told(frame: Frame): { at: number; when: number | null } {
  return { at: frame.id ?? 0, when: moment(frame) };
}

function keyOf(frame: Frame, kind: string): string {
  return `${text(frame, "run") ?? ""} ${text(frame, "step") ?? ""} ${kind}`;
}

function argsOf(frame: Frame): string | undefined {
  const args = frame.data.arguments;
  if (args === undefined || args === null) return undefined;
  return typeof args === "string" ? args : JSON.stringify(args);
}

function executing(call: ToolCall, frame: Frame): ToolCall {
  const args = argsOf(frame) ?? call.args;
  const changed = call.approval !== undefined && !sameJson(args, call.args);
  return { ...call, state: "executing", args, asked: changed ? call.args : call.asked, began: moment(frame) ?? undefined };
}

function ended(call: ToolCall, frame: Frame, how: Partial<ToolCall>): ToolCall {
  const at = moment(frame);
  const ms = number(frame, "ms") ?? (at !== null && call.began !== undefined ? at - call.began : undefined);
  return { ...call, ...how, ms, truncated: frame.data.truncated === true, args: call.args || (argsOf(frame) ?? "") };
}

function sameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return one === other;
  }
}
