import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { type Frame, family, text } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { type Pages, usePages } from "../ui/usePages";

export type Agent = Schema<"AgentOut">;
export type Run = Schema<"RunOut">;
export type Task = Schema<"TaskOut">;
export type Message = Schema<"MessageOut">;

/** One agent, and what it does now. Under its name stands all else that this page asks of it. */
export function oneAgent(name: string) {
  return queryOptions({
    queryKey: ["agent", name, "now"],
    queryFn: ({ signal }) => ask(api.GET("/v1/agents/{agent}", { params: { path: { agent: name } }, signal })),
  });
}

const OPEN = ["running", "waiting", "sleeping", "paused"] as const;
const IN_HAND_MAX = 20;

/** The runs that it has begun and not ended, the oldest first. */
export function runsInHand(name: string) {
  return queryOptions({
    queryKey: ["agent", name, "in hand"],
    queryFn: async ({ signal }) => {
      const asked = OPEN.map((state) => {
        const query = { agent: name, state, limit: IN_HAND_MAX };
        return ask(api.GET("/v1/runs", { params: { query }, signal }));
      });
      const found = (await Promise.all(asked)).flatMap((page) => page.data);
      return [...new Map(found.map((run) => [run.id, run])).values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    },
  });
}

/** Runs that wait for their turn, the next one first. */
export function agentQueue(name: string) {
  return queryOptions({
    queryKey: ["agent", name, "queue"],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/agents/{agent}/queue", { params: { path: { agent: name }, query: { limit: 50 } }, signal })),
  });
}

/** The decisions that it waits for. */
export function approvalsOfAgent(name: string) {
  return queryOptions({
    queryKey: ["agent", name, "approvals"],
    queryFn: async ({ signal }) => {
      const query = { agent: name, state: "pending" as const, limit: 50 };
      return (await ask(api.GET("/v1/approvals", { params: { query }, signal }))).data;
    },
  });
}

/** What was said to the agent in one of its runs, the oldest first. */
export function messagesOf(run: string) {
  return queryOptions({
    queryKey: ["agent messages", run],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/runs/{run_id}/messages", { params: { path: { run_id: run }, query: { limit: 200 } }, signal })))
        .data,
  });
}

const PAGE = 50;

/** The cards that are the agent's, those that changed last first. */
export function useTasksOf(name: string): Pages<Task> {
  return usePages(["agent", name, "tasks"], (cursor, signal) => {
    const query = { assignee: name, sort: "updated" as const, limit: PAGE, cursor };
    return ask(api.GET("/v1/tasks", { params: { query }, signal }));
  });
}

/** Show the agent as the answer of an act says that it is now. */
export function takeAgent(client: QueryClient, agent: Agent): void {
  client.setQueryData(oneAgent(agent.name).queryKey, agent);
  void client.invalidateQueries({ queryKey: ["agents"] });
}

/** What stands under an agent's name and says what it does now. */
const OF_NOW = ["now", "in hand", "queue"] as const;

onFrames((frames, client) => {
  for (const name of shownAgents(client)) {
    const agent = client.getQueryData<Agent>(oneAgent(name).queryKey);
    const runs = new Set((client.getQueryData<Run[]>(runsInHand(name).queryKey) ?? []).map((run) => run.id));
    const stale = (what: string) => void client.invalidateQueries({ queryKey: ["agent", name, what] });
    if (frames.some((frame) => isOfNow(frame, name, agent, runs))) soon(`agent ${name}`, () => OF_NOW.forEach(stale), 100);
    if (frames.some((frame) => frame.name === "usage.recorded" && isOfRuns(frame, agent, runs)))
      soon(`spend of ${name}`, () => setTimeout(() => [OF_NOW[0], OF_NOW[1]].forEach(stale), ROW_MS), 1_000);
    if (frames.some((frame) => family(frame) === "approval")) soon(`approvals of ${name}`, () => stale("approvals"), 60);
    if (frames.some((frame) => family(frame) === "task")) soon(`tasks of ${name}`, () => stale("tasks"), 500);
    if (frames.some((frame) => NOTES.test(text(frame, "tool") ?? "") && frame.name === "tool_call.completed"))
      soon(`notes of ${name}`, () => stale("notes"), 300);
  }
  for (const frame of frames) {
    // It heard what was said to it, or is over and will not hear it any more.
    const heard = frame.name === "log" && frame.data.agent_message !== undefined;
    const run = text(frame, "run");
    if (run !== undefined && (heard || ENDS.test(frame.name)))
      soon(`messages ${run}`, () => void client.invalidateQueries({ queryKey: messagesOf(run).queryKey }), 60);
  }
});

/** A frame tells of a call a moment before its row is there. */
const ROW_MS = 400;
const NOTES = /^(remember|forget)$/;
const ENDS = /^run\.(completed|failed|cancelled)$/;

function shownAgents(client: QueryClient): Set<string> {
  return new Set(
    client
      .getQueryCache()
      .findAll({ queryKey: ["agent"] })
      .map((query) => String(query.queryKey[1])),
  );
}

/** Whether a frame changes what the agent does, or what waits for it. */
function isOfNow(frame: Frame, name: string, agent: Agent | undefined, runs: ReadonlySet<string>): boolean {
  switch (family(frame)) {
    case "agent":
      return agent === undefined || text(frame, "agent") === agent.id || frame.name !== "agent.status";
    case "task":
      return JSON.stringify(frame.data.to ?? "").includes(JSON.stringify(name)) || text(frame, "task") === agent?.task;
    case "run":
      return frame.name === "run.queued" || frame.name === "run.started" || isOfRuns(frame, agent, runs);
    default:
      return family(frame) === "budget" || (family(frame) === "approval" && isOfRuns(frame, agent, runs));
  }
}

function isOfRuns(frame: Frame, agent: Agent | undefined, runs: ReadonlySet<string>): boolean {
  const run = text(frame, "run");
  return run !== undefined && (run === agent?.run || runs.has(run));
}
