import { useEffect, useRef, useState } from "react";
import type { Entry } from "./entry";
import { tellHappening } from "./happening";

const PAUSE_MS = 4_000;

/** What a screen reader is told of a transcript that grows: at most once in four seconds, and of what is complete. Never a piece of a text. */
export function useSpoken(entries: readonly Entry[]): string {
  const [spoken, setSpoken] = useState("");
  const told = useRef<number | null>(null);
  const newest = useRef(entries);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  newest.current = entries;

  useEffect(() => {
    const last = entries.at(-1)?.at ?? 0;
    // What stands there when the page is opened is read by whoever wants to; what comes is told.
    told.current ??= last;
    if (timer.current !== undefined || last <= told.current) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const fresh = newest.current.filter((entry) => entry.at > (told.current ?? 0) && isComplete(entry));
      const end = fresh.at(-1);
      if (end === undefined) return;
      told.current = end.at;
      setSpoken(fresh.length === 1 ? sentence(end) : `${fresh.length} new lines. ${sentence(end)}`);
    }, PAUSE_MS);
  }, [entries]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return spoken;
}

function isComplete(entry: Entry): boolean {
  if (entry.kind === "tool") return entry.state !== "speaking";
  return entry.kind === "event" || entry.done;
}

function sentence(entry: Entry): string {
  if (entry.kind === "tool") return `Tool ${entry.tool}: ${entry.state === "waiting" ? "waits for a person" : entry.state}.`;
  if (entry.kind === "event") return `${tellHappening(entry).words}.`;
  return `${entry.kind === "text" ? "Message" : "Thought"}: ${entry.text.slice(0, 200)}`;
}
