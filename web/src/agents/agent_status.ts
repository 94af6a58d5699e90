import type { State } from "../ui/StateMark";
import type { Agent } from "./agent_queries";

/** What an agent does, in words that stay true: for how long is counted on the page, from `since`. */
export type Said = {
  state: State;
  word: string;
  /** What it is about, after the word. */
  about: string;
  since: string | null;
};

/** The status of an agent for its head. `decides`: the reader may decide what it waits for. */
export function sayStatus(agent: Pick<Agent, "status" | "status_reason" | "status_text" | "task">, decides: boolean): Said {
  const { kind, subject, since } = agent.status_reason;
  const told = (state: State, word: string, about = ""): Said => ({ state, word, about, since });
  switch (agent.status) {
    case "running":
      return told("running", "running");
    case "waiting":
      if (kind === "approval")
        return told("needs", decides ? "needs you" : "needs a person", `to decide on ${subject ?? "a call"}`);
      if (kind === "question") return told("needs", "asks", subject ?? "a person");
      return told(kind === "timer" ? "sleeping" : "waiting", "waiting", waitsFor(kind, subject));
    case "queued":
      return told("queued", "queued", kind === "limit" ? "it has as much in hand as it may" : "for a worker that is free");
    case "error":
      return told("error", "error", "its last run failed");
    case "paused":
      return kind === "person"
        ? told("paused", "paused", subject === null ? "" : `by ${subject}`)
        : told("paused", "paused", "its run is held");
    case "archived":
      return told("archived", "archived", subject === null ? "" : `by ${subject}`);
    default:
      return told("idle", "idle");
  }
}

const AWAITED: Record<string, string> = {
  event: "for the event",
  signal: "for the signal",
  child: "for the run of",
  dependency: "for",
  timer: "for its time",
};

function waitsFor(kind: string, subject: string | null): string {
  const words = AWAITED[kind] ?? "for";
  return subject === null ? (AWAITED[kind] ?? "") : `${words} ${subject}`;
}

/** Why somebody paused it, or how its last run failed: what the server's sentence says behind its first words. */
export function reasonOf(agent: Pick<Agent, "status" | "status_text">): string | null {
  if (agent.status !== "paused" && agent.status !== "error") return null;
  const [, ...rest] = agent.status_text.split(": ");
  return rest.length === 0
    ? agent.status === "paused" && !agent.status_text.startsWith("paused by")
      ? agent.status_text
      : null
    : rest.join(": ");
}

/** Whether it has work that a message can reach. */
export function isAtWork(agent: Pick<Agent, "status" | "run">): boolean {
  return agent.run !== null && agent.status !== "archived" && agent.status !== "idle" && agent.status !== "error";
}
