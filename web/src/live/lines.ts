import { type Entry, type Happening, isDecision, type Transcript } from "./entry";

/** What of a transcript is shown. */
export type Show = "all" | "tools" | "text" | "decisions";
export const SHOWS: readonly Show[] = ["all", "tools", "text", "decisions"];

/** A line of a transcript: an entry, with the time since its run began, or the beginning of a run. */
export type Line =
  | { kind: "entry"; id: string; entry: Entry; since: number | null }
  | { kind: "run"; id: string; run: string; when: number | null };

/** The lines of a transcript. `separate`: where the run changes a line says so, on a stream over several runs. */
export function linesOf({ entries, began }: Transcript, show: Show, separate: boolean): Line[] {
  const lines: Line[] = [];
  let run: string | null = null;
  for (const entry of gathered(entries)) {
    if (!isShown(entry, show)) continue;
    if (separate && entry.run !== null && entry.run !== run) {
      run = entry.run;
      lines.push({ kind: "run", id: `run ${run} ${entry.id}`, run, when: entry.when });
    }
    const start = entry.run === null ? undefined : began.get(entry.run);
    lines.push({
      kind: "entry",
      id: entry.id,
      entry,
      since: start === undefined || entry.when === null ? null : entry.when - start,
    });
  }
  return lines;
}

const gatheredEntries = new WeakMap<Entry, Entry>();

/**
 * Who makes a card for an agent makes, assigns and moves it in one act: one line, with its title. What is drawn stays the same object, so
 * that it is drawn once.
 */
function gathered(entries: readonly Entry[]): Entry[] {
  const found: Entry[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.kind !== "event" || !/^task\.(created|assigned|moved)$/.test(entry.frame.name)) {
      found.push(entry);
      continue;
    }
    const sameAct = (other: Entry | undefined): other is Happening =>
      other?.kind === "event" && other.when === entry.when && other.frame.data.task === entry.frame.data.task;
    const named = (other: Entry | undefined, name: string) => (sameAct(other) && other.frame.name === name ? other : undefined);
    if (entry.frame.name === "task.created" && named(entries[index + 1], "task.assigned")) continue;
    if (entry.frame.name === "task.moved" && named(entries[index - 1], "task.assigned")) continue;
    const made = entry.frame.name === "task.assigned" ? named(entries[index - 1], "task.created") : undefined;
    found.push(made === undefined ? entry : withTitle(entry, made.frame.data.title));
  }
  return found;
}

function withTitle(entry: Happening, title: unknown): Entry {
  const held = gatheredEntries.get(entry);
  if (held !== undefined) return held;
  const whole = { ...entry, frame: { ...entry.frame, data: { ...entry.frame.data, title } } };
  gatheredEntries.set(entry, whole);
  return whole;
}

function isShown(entry: Entry, show: Show): boolean {
  if (show === "tools") return entry.kind === "tool";
  if (show === "text") return entry.kind === "text" || entry.kind === "reasoning";
  return show === "all" || isDecision(entry);
}

/** What a run is called: the last eight digits of its id, as `8241_a2f7`. */
export function runLabel(run: string): string {
  const digits = run.replace(/^run_/, "").slice(-8);
  return `${digits.slice(0, 4)}_${digits.slice(4)}`;
}

/** Time since a run began: "0.2 s", "41.0 s", "2:07", "1:02:07". */
export function sinceStart(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours === 0 ? `${minutes}:${two(whole % 60)}` : `${hours}:${two(minutes)}:${two(whole % 60)}`;
}

/** The size of a text: "84 B", "1.2 KB", "3.4 MB". */
export function size(characters: number): string {
  if (characters < 1_000) return `${characters} B`;
  return characters < 1_000_000 ? `${(characters / 1_000).toFixed(1)} KB` : `${(characters / 1_000_000).toFixed(1)} MB`;
}

/** Arguments as people write them, in one line: `order_id "ORD-9218" · amount 420`. What is no JSON object yet stays as it is. */
export function brief(args: string): string {
  try {
    const value: unknown = JSON.parse(args);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return args;
    return Object.entries(value)
      .map(([name, one]) => `${name} ${JSON.stringify(one)}`)
      .join(" · ");
  } catch {
    return args;
  }
}

/** A result in a few words: the value where it is short, else how large it is. */
export function resultWord(result: unknown, truncated: boolean): string {
  if (result === null || result === undefined) return "nothing";
  const json = typeof result === "string" ? result : (JSON.stringify(result) ?? "");
  const short = typeof result === "string" ? result : brief(json);
  if (!truncated && short.length <= SHORT && !short.includes("\n")) return short === "" ? "nothing" : short;
  return truncated ? `more than ${size(json.length)}` : size(json.length);
}

const SHORT = 36;
