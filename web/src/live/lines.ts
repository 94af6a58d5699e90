import { type Entry, isDecision, type Transcript } from "./entry";
import { gathered } from "./gathered";

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
