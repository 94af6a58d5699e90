import type { Schema } from "../api/client";
import { type Frame, number, text } from "../live/frame";
import { addCost } from "./cost";
import { begins, type Step, stepOf } from "./step";
import { stepAfter } from "./step_after";

type Run = Schema<"RunOut">;
type Row = Schema<"StepOut">;

/** A run and its steps as they are shown. */
export type Story = { run: Run; steps: readonly Step[] };
/** A frame, and when it came, in milliseconds since 1970: frames carry no time of their own. */
export type Heard = { frame: Frame; at: number };

const ENDS: Record<string, Run["state"]> = {
  "run.completed": "completed",
  "run.failed": "failed",
  "run.cancelled": "cancelled",
  "run.skipped": "skipped",
};

/** Whether this is the last frame of the run's stream. */
export function isLast(frame: Frame): boolean {
  return frame.name in ENDS;
}

/**
 * What a run comes to: the rows that were fetched, and what the stream told after them. Frames may come twice, late or in any order (another
 * connection, a catching up that overlaps): the story is the same as if they had come once and in order. In order a frame costs what it
 * changes; only a late one makes it told anew.
 */
export class RunStory {
  #snapshot: Run;
  #rows = new Map<string, Row>();
  #heard: Heard[] = [];
  #ids = new Set<number>();
  #run: Run;
  #steps = new Map<string, Step>();
  #told: Story | null = null;

  constructor(run: Run, rows: readonly Row[]) {
    this.#snapshot = run;
    this.#run = run;
    this.begin(run, rows);
  }

  /** How far the rows that were fetched go: what came after has to be asked for from here. */
  get rowsUpTo(): number {
    let seq = 0;
    for (const row of this.#rows.values()) if (row.ended_at !== null && row.seq > seq) seq = row.seq;
    return seq;
  }

  get story(): Story {
    this.#told ??= { run: this.#run, steps: inOrder(this.#steps) };
    return this.#told;
  }

  /** Take what the stream told. True when something that is shown has changed. */
  hear(heard: readonly Heard[]): boolean {
    let late = false;
    let changed = false;
    for (const one of heard) {
      const id = one.frame.id;
      if (id === null || this.#ids.has(id) || !isOfStory(one.frame)) continue;
      this.#ids.add(id);
      late ||= id < (this.#heard.at(-1)?.frame.id ?? 0);
      this.#heard.push(one);
      changed = true;
      if (!late) this.#tell(one);
    }
    if (late) this.#retell();
    if (changed) this.#told = null;
    return changed;
  }

  /** Take rows that were fetched since, and the run where that was: where they know more than the stream has told, they stand. */
  take(rows: readonly Row[], run?: Run): void {
    for (const row of rows) if (row.seq >= (this.#rows.get(row.key)?.seq ?? -1)) this.#rows.set(row.key, row);
    if (run !== undefined) this.#stand(run);
    this.#retell();
  }

  /** Take the whole run as it was fetched anew: of what was heard only what came after it counts. */
  begin(run: Run, rows: readonly Row[]): void {
    if (run.seq < this.#snapshot.seq) return;
    this.#rows = new Map(rows.map((row) => [row.key, row]));
    this.#heard = this.#heard.filter((one) => (one.frame.id ?? 0) > run.seq);
    this.#stand(run);
    this.#retell();
  }

  /** A run that has ended has no steps but its rows. */
  #stand(run: Run): void {
    if (run.seq < this.#snapshot.seq) return;
    this.#snapshot = run;
    if (run.ended_at !== null) this.#heard = [];
  }

  #retell(): void {
    this.#heard.sort((one, other) => (one.frame.id ?? 0) - (other.frame.id ?? 0));
    this.#run = this.#snapshot;
    this.#steps = new Map([...this.#rows.values()].map((row) => [row.key, stepOf(row)]));
    this.#told = null;
    for (const one of this.#heard) this.#tell(one);
  }

  #tell({ frame, at }: Heard): void {
    const id = frame.id ?? 0;
    if (id > this.#snapshot.seq) this.#run = runAfter(this.#run, this.#steps, frame, at);
    const key = text(frame, "step");
    if (key === undefined) return;
    const before = this.#steps.get(key);
    if (before !== undefined && id <= before.seq) return;
    const after = stepAfter(before, key, frame, at);
    if (after !== undefined) this.#steps.set(key, after);
  }
}

/** Deltas of messages and calls of tools are told elsewhere (live/transcript.ts), and there are many. */
function isOfStory(frame: Frame): boolean {
  return /^(run\.|step\.|usage\.recorded$|approval\.requested$)/.test(frame.name);
}

function runAfter(run: Run, steps: ReadonlyMap<string, Step>, frame: Frame, at: number): Run {
  const seq = Math.max(run.seq, frame.id ?? 0);
  const moment = new Date(at).toISOString();
  const state = ENDS[frame.name];
  if (state !== undefined) {
    const error = frame.data.error === undefined ? run.error : (frame.data.error as Run["error"]);
    return {
      ...run,
      seq,
      state,
      ended_at: moment,
      error,
      attempt: number(frame, "attempt") ?? run.attempt,
      due: null,
      reason: null,
    };
  }
  switch (frame.name) {
    case "run.started":
      return { ...run, seq, state: "running", started_at: run.started_at ?? moment, reason: null };
    case "run.resumed":
      return { ...run, seq, state: "running", attempt: number(frame, "attempt") ?? run.attempt, due: null, reason: null };
    case "run.suspended":
      return { ...run, seq, state: asleep(frame) ? "sleeping" : "waiting", due: text(frame, "until") ?? null };
    case "run.paused":
      return { ...run, seq, state: "paused", reason: text(frame, "reason") ?? run.reason, due: null };
    case "run.progress":
      return { ...run, seq, progress: { done: number(frame, "done") ?? 0, message: text(frame, "message") ?? "" } };
    case "usage.recorded":
      return { ...withUsage(run, frame), seq };
    default:
      return isWorking(frame, run, steps) ? { ...run, seq, state: "running", due: null, reason: null } : { ...run, seq };
  }
}

/** A run that was let go on by a person says nothing of it until it works. */
function isWorking(frame: Frame, run: Run, steps: ReadonlyMap<string, Step>): boolean {
  if (run.state !== "queued") return false;
  return frame.name === "step.started" && !steps.has(text(frame, "step") ?? "");
}

function asleep(frame: Frame): boolean {
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: string }[]) : [];
  return waits.every((wait) => wait.kind === "sleep");
}

function withUsage(run: Run, frame: Frame): Run {
  if (frame.data.outcome === "unknown") return { ...run, unknown_calls: run.unknown_calls + 1 };
  const cost = text(frame, "cost") ?? null;
  return { ...run, cost: addCost(run.cost, cost), unpriced_calls: run.unpriced_calls + (cost === null ? 1 : 0) };
}

/** Parents before what they are made of is for the rows to see to; here by when they began. */
function inOrder(steps: ReadonlyMap<string, Step>): Step[] {
  return [...steps.values()].sort((one, other) => begins(one) - begins(other) || one.seq - other.seq);
}
