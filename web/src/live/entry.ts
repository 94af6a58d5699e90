import type { Frame } from "./frame";

/** What every entry of a transcript has. */
type Told = {
  id: string;
  run: string | null;
  /** Number of the frame that began it: the order in which things happened. */
  at: number;
  /** When that was, in milliseconds since 1970; null where the stream does not say. */
  when: number | null;
};

/** A call of a tool, from its first argument to its result. */
export type ToolCall = Told & {
  kind: "tool";
  /** The step that asked for it, and later the one that is the call. */
  step: string;
  callId: string;
  tool: string;
  /** JSON, as far as it was told. */
  args: string;
  /** What the model had asked for, where a person changed it. */
  asked?: string;
  state: "speaking" | "started" | "waiting" | "decided" | "executing" | "completed" | "failed";
  result?: unknown;
  /** The stream shows the beginning of the result; the step holds all of it. */
  truncated?: boolean;
  error?: unknown;
  approval?: string;
  /** Why a person is asked. */
  why?: string;
  /** How the approval ended. */
  decision?: "approved" | "denied" | "expired";
  began?: number;
  ms?: number;
};

/** What a model said or thought in one attempt of one step. */
export type Utterance = Told & {
  kind: "text" | "reasoning";
  step: string;
  attempt: number;
  text: string;
  done: boolean;
  /** A thought after which its words have begun: nothing is added to it. */
  passed?: boolean;
};

/** Everything else that is worth a line: a run that began, an approval that was decided. */
export type Happening = Told & {
  kind: "event";
  frame: Frame;
  /** What was waited for has come: a decision, an event, a time. */
  over?: boolean;
  until?: number | null;
  /** How long a decision was waited for, in milliseconds. */
  waited?: number;
};

export type Entry = ToolCall | Utterance | Happening;

/** What was said and done, in order, made of the frames of a run, an agent or a task. */
export type Transcript = {
  entries: Entry[];
  last: number;
  /** When the first thing that is known of a run happened, in milliseconds since 1970. */
  began: ReadonlyMap<string, number>;
};

/** A person has to know or decide: what the filter "decisions" shows. */
export function isDecision(entry: Entry): boolean {
  if (entry.kind === "tool") return entry.approval !== undefined;
  return (
    entry.kind === "event" &&
    /^(approval|budget)\.|^agent\.delegated$|^task\.(assigned|moved)$|^run\.(failed|cancelled)$/.test(entry.frame.name)
  );
}
