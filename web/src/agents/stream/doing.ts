import type { Entry } from "../../live/entry";

/** What a run does at this moment: thinks, writes, calls a tool. Since when, in milliseconds since 1970. */
export type Doing = { words: string; since: number | null };

/** The newest thing of a run that is not over yet; null between two of them. */
export function doingOf(entries: readonly Entry[], run: string): Doing | null {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (entry === undefined || entry.run !== run) continue;
    if (entry.kind === "tool") {
      if (entry.state === "executing") return { words: `calls ${entry.tool}`, since: entry.began ?? entry.when };
      if (entry.state === "speaking") return { words: `prepares ${entry.tool}`, since: entry.when };
      return null;
    }
    if (entry.kind === "event") return null;
    return entry.done ? null : { words: entry.kind === "reasoning" ? "thinks" : "writes", since: entry.when };
  }
  return null;
}
