import { duration } from "../ui/duration";
import { money } from "../ui/money";
import type { State } from "../ui/StateMark";
import type { Happening } from "./entry";
import { type Frame, number, text } from "./frame";

/** A happening for people: its state, what happened, more of it, and where to look. */
export type Told = {
  state: State;
  words: string;
  more?: string;
  approval?: string;
  task?: string;
  /** How long it was waited for. */
  took?: string;
};

/** What a frame that is a line of its own says. */
export function tellHappening({ frame, over = false, until, when, waited }: Happening): Told {
  const took = over && until && when !== null ? duration(until - when) : undefined;
  const by = text(frame, "by");
  const task = text(frame, "task");
  switch (frame.name) {
    case "run.queued":
      return { state: "queued", words: "The run waits for its turn" };
    case "run.started":
      return { state: "running", words: "The run began" };
    case "run.resumed":
      return { state: "running", words: "The run goes on" };
    case "run.suspended":
      return { state: "waiting", words: waitsFor(frame, over), took };
    case "run.paused":
      return { state: "paused", words: "The run is paused", more: text(frame, "reason") };
    case "run.completed":
      return { state: "completed", words: "The run is done" };
    case "run.failed":
      return { state: "failed", words: "The run failed", more: errorOf(frame) };
    case "run.cancelled":
      return { state: "cancelled", words: "The run was cancelled" };
    case "run.skipped":
      return { state: "skipped", words: "The run was skipped" };
    case "agent.status":
      return statusOf(frame);
    case "agent.delegated":
      return { state: "running", words: `${by ?? "The agent"} gave work to ${text(frame, "to")}`, task };
    case "approval.requested":
      return {
        state: over ? "idle" : "needs",
        words: `${text(frame, "tool")} ${over ? "waited" : "waits"} for a person`,
        took,
        more: text(frame, "reason"),
        approval: text(frame, "approval"),
      };
    case "approval.decided":
      return { ...decidedOf(frame), took: waited === undefined ? undefined : `after ${duration(waited)}` };
    case "approval.expired":
      return { state: "expired", words: `Nobody decided on ${text(frame, "tool")} in time`, approval: text(frame, "approval") };
    case "step.retrying":
      return { state: "retrying", words: retryOf(frame), more: errorOf(frame) };
    case "step.failed":
      return { state: "failed", words: `${text(frame, "name") ?? "A step"} failed`, more: errorOf(frame) };
    case "budget.warning":
      return { state: "paused", words: `Budget ${text(frame, "budget")} is nearly used up`, more: usedOf(frame) };
    case "budget.exceeded":
      return { state: "failed", words: `Budget ${text(frame, "budget")} is used up`, more: usedOf(frame) };
    case "skill.loaded":
      return { state: "completed", words: `Took up the skill ${text(frame, "skill")}` };
    case "log":
      return { state: text(frame, "level") === "error" ? "failed" : "idle", words: sentence(text(frame, "message") ?? "") };
    case "task.created":
      return { state: "idle", words: `${by ?? "Somebody"} made the task`, more: text(frame, "title"), task };
    case "task.assigned":
      return {
        state: "idle",
        words: `${by ?? "Somebody"} gave ${nameIn(frame.data.to)} the task`,
        more: text(frame, "title"),
        task,
      };
    case "task.moved":
      return { state: "idle", words: `${by ?? "Somebody"} moved it from ${text(frame, "from")} to ${text(frame, "to")}`, task };
    case "task.commented":
      return {
        state: "idle",
        words: `${by ?? "Somebody"} ${text(frame, "text") === undefined ? "said so on the task" : "commented"}`,
        more: text(frame, "text"),
        task,
      };
    default:
      return { state: "idle", words: otherOf(frame, by), more: text(frame, "reason") ?? text(frame, "message"), task };
  }
}

const WAITS: Record<string, string> = {
  approve: "a decision",
  sleep: "a time",
  wait_for_event: "an event",
  invoke: "another run",
  question: "an answer",
};

function waitsFor(frame: Frame, over: boolean): string {
  const verb = over ? "waited" : "waits";
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: string }[]) : [];
  const kinds = [...new Set(waits.map((one) => WAITS[one.kind ?? ""] ?? "something else"))];
  return kinds.length === 0 ? `The run ${verb}` : `The run ${verb} for ${kinds.join(" and ")}`;
}

function statusOf(frame: Frame): Told {
  const by = text(frame, "by");
  switch (text(frame, "status")) {
    case "error":
      return { state: "failed", words: "The run failed", more: text(frame, "reason") };
    case "paused":
      return { state: "paused", words: by === undefined ? "Paused" : `Paused by ${by}`, more: text(frame, "reason") };
    default:
      return { state: "completed", words: by === undefined ? "The run is over" : `${by} let it go on` };
  }
}

function decidedOf(frame: Frame): Told {
  const approved = text(frame, "state") === "approved";
  const edited = frame.data.edited_args !== null && frame.data.edited_args !== undefined;
  const who = text(frame, "decided_by") ?? "Somebody";
  const words = `${who} ${approved ? "approved" : "denied"} ${text(frame, "tool")}${edited ? ", with changed arguments" : ""}`;
  return { state: approved ? "approved" : "denied", words, more: text(frame, "reason"), approval: text(frame, "approval") };
}

function retryOf(frame: Frame): string {
  const name = text(frame, "name") ?? "The step";
  const fallback = text(frame, "fallback");
  if (fallback !== undefined) return `${name} asks ${fallback} instead`;
  const retries = number(frame, "retries");
  const wait = number(frame, "delay_seconds") ?? 0;
  const count = retries === undefined ? "" : ` (${number(frame, "attempt") ?? 1} of ${retries})`;
  return `${name} is tried again${count}${wait > 0 ? ` in ${duration(wait * 1_000)}` : ""}`;
}

function usedOf(frame: Frame): string {
  const show = (value: string | undefined) => (text(frame, "unit") === "usd" ? money(value) : (value ?? ""));
  return `${show(text(frame, "used"))} of ${show(text(frame, "limit"))}`;
}

function errorOf(frame: Frame): string | undefined {
  const error = frame.data.error;
  if (typeof error === "string") return error;
  if (error === null || typeof error !== "object") return undefined;
  const { type, message } = error as { type?: string; message?: string };
  return [type, message].filter(Boolean).join(": ");
}

function nameIn(to: unknown): string {
  if (typeof to === "string") return to;
  if (to === null || typeof to !== "object") return "nobody";
  return String(Object.values(to).find((value) => typeof value === "string") ?? "nobody");
}

/** `task.comment_edited` as "mira · comment edited". */
function otherOf(frame: Frame, by: string | undefined): string {
  const words = (frame.name.split(".")[1] ?? frame.name).replaceAll("_", " ");
  return sentence(by === undefined ? words : `${by} · ${words}`);
}

function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
