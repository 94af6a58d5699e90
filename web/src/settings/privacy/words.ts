import type { Erasure, Found } from "./queries";

const KINDS: Record<string, [one: string, many: string]> = {
  run: ["run", "runs"],
  event: ["event", "events"],
  task: ["task", "tasks"],
  comment: ["comment", "comments"],
  activity: ["entry of a card's activity", "entries of cards' activity"],
  audit: ["audit entry", "audit entries"],
  frame: ["frame of a live stream", "frames of live streams"],
  task_word: ["word of the search", "words of the search"],
};

/** "12 runs": what has no name of its own here is called as the server calls it. */
export function counted({ kind, count }: Pick<Found, "kind" | "count">): string {
  const [one, many] = KINDS[kind] ?? [kind.replaceAll("_", " "), kind.replaceAll("_", " ")];
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** How far an erasure has got. */
export function inWords(one: Erasure): string {
  switch (one.state) {
    case "looking":
      return "looking";
    case "found":
      return "looked, nothing erased";
    case "erasing":
      return "erasing";
    case "checking":
      return "erased, looking again";
    default:
      return one.remaining.length === 0 ? "✓ erased" : "erased, with rest";
  }
}
