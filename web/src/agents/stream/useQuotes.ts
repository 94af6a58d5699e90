import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Entry } from "../../live/entry";
import { text } from "../../live/frame";
import { NO_QUOTES, type Quoted } from "../../live/quotes";
import { messagesOf } from "../agent_queries";

const RUNS_MAX = 12;

/** What people had said where the stream tells that the agent heard them: a frame names the message, not its words. */
export function useQuotes(entries: readonly Entry[]): ReadonlyMap<string, Quoted> {
  const runs = new Set<string>();
  for (const entry of entries)
    if (entry.kind === "event" && entry.run !== null && text(entry.frame, "agent_message") !== undefined) runs.add(entry.run);
  const newest = [...runs].slice(-RUNS_MAX);
  const messages = useQueries({
    queries: newest.map((run) => messagesOf(run)),
    combine: (all) => all.flatMap((one) => one.data ?? []),
  });
  return useMemo(
    () =>
      messages.length === 0
        ? NO_QUOTES
        : new Map(messages.map((one) => [one.id.replace(/^msg_/, ""), { text: one.text, by: one.author, turn: one.turn }])),
    [messages],
  );
}
