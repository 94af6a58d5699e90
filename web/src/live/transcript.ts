import { type Frame, text } from "./frame";

/** A call of a tool, from its first argument to its result. */
export type ToolCall = {
  kind: "tool";
  id: string;
  run: string;
  /** Number of the frame that began it: the order in which things happened. */
  at: number;
  tool: string;
  /** JSON, as far as it was told. */
  args: string;
  state: "speaking" | "started" | "executing" | "waiting" | "completed" | "failed";
  result?: unknown;
  error?: unknown;
  approval?: string;
};
/** What a model said or thought in one attempt of one step. */
export type Utterance = {
  kind: "text" | "reasoning";
  id: string;
  run: string;
  step: string;
  attempt: number;
  at: number;
  text: string;
  done: boolean;
};
/** Everything else that is worth a line: a run that began, an approval that was decided. */
export type Happening = { kind: "event"; id: string; run: string | null; at: number; frame: Frame };
export type Entry = ToolCall | Utterance | Happening;

/** What was said and done, in order, made of the frames of a run, an agent or a task. */
export type Transcript = { entries: Entry[]; last: number };

/** Frames that are a line of their own. */
const HAPPENINGS = /^(run|approval|agent|task|budget|skill)\.|^step\.(retrying|failed)$|^log$/;
const UNTOLD = new Set(["agent.status", "run.progress"]);

/**
 * A log of frames that may arrive twice or out of order (from another page of the browser, or from a catching up that overlaps), and what it
 * comes to: the same for every order of arrival. In order, a frame costs what it changes; out of order, the story is told anew.
 */
export class TranscriptLog {
  #frames: Frame[] = [];
  #seen = new Set<number>();
  #story = new Story();

  /** Take frames; true when something changed. */
  add(frames: readonly Frame[]): boolean {
    let late = false;
    let changed = false;
    for (const frame of frames) {
      if (frame.id === null) {
        if (frame.name !== "message.snapshot") continue;
        this.#story.tell(frame);
        changed = true;
        continue;
      }
      if (this.#seen.has(frame.id)) continue;
      this.#seen.add(frame.id);
      late ||= frame.id < (this.#frames.at(-1)?.id ?? 0);
      this.#frames.push(frame);
      changed = true;
      if (!late) this.#story.tell(frame);
    }
    if (late) this.#retell();
    return changed;
  }

  /** Forget everything: the server no longer has what we hold. */
  clear(): void {
    this.#frames = [];
    this.#seen.clear();
    this.#story = new Story();
  }

  get transcript(): Transcript {
    return { entries: this.#story.entries(), last: this.#frames.at(-1)?.id ?? 0 };
  }

  #retell(): void {
    this.#frames.sort((one, other) => (one.id ?? 0) - (other.id ?? 0));
    this.#story = new Story();
    for (const frame of this.#frames) this.#story.tell(frame);
  }
}

class Story {
  #entries: (Entry | null)[] = [];
  /** Where the text, the reasoning and the calls of an open step stand. */
  #open = new Map<string, number>();
  #tools = new Map<string, number>();

  entries(): Entry[] {
    return this.#entries.filter((entry) => entry !== null);
  }

  tell(frame: Frame): void {
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
        return this.#change(frame, (call) => ({ ...call, args: call.args + (text(frame, "args") ?? text(frame, "text") ?? "") }));
      case "tool_call.started":
        return this.#change(frame, (call) => ({ ...call, state: "started", args: argsOf(frame) ?? call.args }));
      case "tool_call.executing":
        return this.#change(frame, (call) => ({ ...call, state: "executing", args: argsOf(frame) ?? call.args }));
      case "tool_call.completed":
        return this.#change(frame, (call) => ({ ...call, state: "completed", result: frame.data.result }));
      case "tool_call.failed":
        return this.#change(frame, (call) => ({ ...call, state: "failed", error: frame.data.error }));
      case "step.retrying":
        this.#void(`${text(frame, "run")} ${text(frame, "step")}`);
        return this.#happen(frame);
      case "run.resumed":
        for (const key of [...this.#open.keys()]) if (key.startsWith(`${text(frame, "run")} `)) this.#void(key);
        return this.#happen(frame);
      default:
        if (HAPPENINGS.test(frame.name) && !UNTOLD.has(frame.name)) this.#happen(frame);
    }
  }

  #speak(kind: Utterance["kind"], frame: Frame): void {
    const said = this.#said(kind, frame);
    this.#entries[said.index] = { ...said.entry, text: said.entry.text + (text(frame, "text") ?? "") };
  }

  #snapshot(frame: Frame): void {
    for (const [kind, field] of [
      ["reasoning", "reasoning"],
      ["text", "text"],
    ] as const) {
      const whole = text(frame, field);
      if (!whole) continue;
      const said = this.#said(kind, frame);
      this.#entries[said.index] = { ...said.entry, text: whole };
    }
    const calls = Array.isArray(frame.data.tool_calls) ? (frame.data.tool_calls as Record<string, unknown>[]) : [];
    for (const call of calls) {
      const one: Frame = { id: frame.id, name: frame.name, data: { ...frame.data, ...call } };
      this.#change(one, (held) => ({ ...held, args: argsOf(one) ?? held.args }));
    }
  }

  #complete(frame: Frame): void {
    for (const [kind, field] of [
      ["reasoning", "reasoning"],
      ["text", "text"],
    ] as const) {
      const whole = text(frame, field) ?? "";
      const key = `${text(frame, "run")} ${text(frame, "step")} ${kind}`;
      if (whole === "" && !this.#open.has(key)) continue;
      const said = this.#said(kind, frame);
      this.#entries[said.index] = whole === "" ? null : { ...said.entry, text: whole, done: true };
      this.#open.delete(key);
    }
  }

  /** The open utterance of that kind of the frame's step and attempt, begun if there is none. */
  #said(kind: Utterance["kind"], frame: Frame): { entry: Utterance; index: number } {
    const run = text(frame, "run") ?? "";
    const step = text(frame, "step") ?? "";
    const attempt = typeof frame.data.attempt === "number" ? frame.data.attempt : 1;
    const key = `${run} ${step} ${kind}`;
    const index = this.#open.get(key);
    const held = index === undefined ? null : this.#entries[index];
    if (index !== undefined && held?.kind === kind && held.attempt === attempt) return { entry: held, index };
    if (index !== undefined) this.#void(`${run} ${step}`);
    const entry: Utterance = {
      kind,
      id: `${key} ${attempt} ${frame.id}`,
      run,
      step,
      attempt,
      at: frame.id ?? 0,
      text: "",
      done: false,
    };
    this.#entries.push(entry);
    this.#open.set(key, this.#entries.length - 1);
    return { entry, index: this.#entries.length - 1 };
  }

  #change(frame: Frame, change: (call: ToolCall) => ToolCall): void {
    const callId = text(frame, "tool_call_id");
    if (callId === undefined) return;
    const run = text(frame, "run") ?? "";
    const id = `${run} ${callId}`;
    const index = this.#tools.get(id);
    const held = index === undefined ? null : this.#entries[index];
    if (index !== undefined && held?.kind === "tool") {
      this.#entries[index] = change(held);
      return;
    }
    const fresh: ToolCall = {
      kind: "tool",
      id,
      run,
      at: frame.id ?? 0,
      tool: text(frame, "tool") ?? "tool",
      args: "",
      state: "speaking",
    };
    this.#entries.push(change(fresh));
    this.#tools.set(id, this.#entries.length - 1);
  }

  /** Forget what the step was saying: its next attempt, or the next worker, begins anew. */
  #void(step: string): void {
    for (const kind of ["text", "reasoning"]) {
      const key = step.endsWith(` ${kind}`) ? step : `${step} ${kind}`;
      const index = this.#open.get(key);
      if (index === undefined) continue;
      const entry = this.#entries[index];
      if (entry !== null && entry !== undefined && "done" in entry && !entry.done) this.#entries[index] = null;
      this.#open.delete(key);
    }
  }

  #happen(frame: Frame): void {
    if (frame.name === "approval.requested") this.#await(frame);
    this.#entries.push({ kind: "event", id: `event ${frame.id}`, run: text(frame, "run") ?? null, at: frame.id ?? 0, frame });
  }

  /** The call that an approval is about waits for it. Its step is named for the call: `approve <tool>:<call id>`. */
  #await(frame: Frame): void {
    const callId = (text(frame, "step") ?? "").split(":").at(-1) ?? "";
    const index = this.#tools.get(`${text(frame, "run")} ${callId}`);
    const held = index === undefined ? null : this.#entries[index];
    if (index !== undefined && held?.kind === "tool")
      this.#entries[index] = { ...held, state: "waiting", approval: text(frame, "approval") };
  }
}

function argsOf(frame: Frame): string | undefined {
  const args = frame.data.arguments;
  if (args === undefined || args === null) return undefined;
  return typeof args === "string" ? args : JSON.stringify(args);
}
