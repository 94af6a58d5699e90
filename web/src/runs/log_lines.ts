import { type Frame, moment, number, text } from "../live/frame";
import { duration } from "../ui/duration";
import { errorOf } from "./step";

/** A line of a run's log. `tone`: how loud it is. */
export type LogLine = { id: number; at: number | null; step: string | null; text: string; tone: "plain" | "live" | "failed" };

/** The log that frames come to, each told once and in order. Progress is told by its latest line alone where lines follow each other. */
export function linesOf(frames: readonly Frame[]): LogLine[] {
  const seen = new Map<number, Frame>();
  for (const frame of frames) if (frame.id !== null) seen.set(frame.id, frame);
  const lines: LogLine[] = [];
  let progress = false;
  for (const [id, frame] of [...seen].sort(([one], [other]) => one - other)) {
    const told = wordOf(frame);
    if (told === null) continue;
    if (progress && frame.name === "run.progress") lines.pop();
    progress = frame.name === "run.progress";
    lines.push({ id, at: moment(frame), step: text(frame, "step") ?? null, ...told });
  }
  return lines;
}

function wordOf(frame: Frame): Pick<LogLine, "text" | "tone"> | null {
  switch (frame.name) {
    case "log":
      return {
        text: text(frame, "message") ?? JSON.stringify(frame.data),
        tone: text(frame, "level") === "info" ? "plain" : "live",
      };
    case "step.retrying":
      return { text: retryWord(frame), tone: "live" };
    case "step.failed":
      return { text: `gave up: ${errorWord(frame)}`, tone: "failed" };
    case "run.started":
      return { text: "began", tone: "plain" };
    case "run.resumed":
      return { text: `went on${memoized(frame)}`, tone: "plain" };
    case "run.suspended":
      return { text: suspendWord(frame), tone: "plain" };
    case "run.paused":
      return { text: `paused${text(frame, "reason") ? `: ${text(frame, "reason")}` : ""}`, tone: "live" };
    case "run.progress":
      return {
        text: `${Math.round((number(frame, "done") ?? 0) * 100)} % ${text(frame, "message") ?? ""}`.trim(),
        tone: "plain",
      };
    case "run.completed":
      return { text: "done", tone: "plain" };
    case "run.failed":
      return { text: `failed: ${errorWord(frame)}`, tone: "failed" };
    case "run.cancelled":
      return { text: "cancelled", tone: "plain" };
    case "run.skipped":
      return { text: "skipped", tone: "plain" };
    default:
      return null;
  }
}

function retryWord(frame: Frame): string {
  const fallback = text(frame, "fallback");
  if (fallback !== undefined) return `asks ${fallback} instead: ${errorWord(frame)}`;
  const delay = duration((number(frame, "delay_seconds") ?? 0) * 1_000);
  return `try ${number(frame, "attempt") ?? 1} failed: ${errorWord(frame)}; next try in ${delay}`;
}

function suspendWord(frame: Frame): string {
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { step?: string }[]) : [];
  const names = waits.map((wait) => wait.step).filter(Boolean);
  return names.length === 0
    ? "left its worker until the next try"
    : `left its worker, waits for ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}`;
}

function memoized(frame: Frame): string {
  const count = number(frame, "memoized") ?? 0;
  return count === 0 ? "" : count === 1 ? ", 1 step from its record" : `, ${count} steps from their record`;
}

function errorWord(frame: Frame): string {
  const error = errorOf(frame.data.error);
  return error === null ? "" : error.message || error.type;
}
