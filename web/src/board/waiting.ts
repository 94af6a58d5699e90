import { type QueryClient, type QueryKey, queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { type Frame, family } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";

/** The approvals that wait, by the key of their task. */
export const waitingApprovals = queryOptions({
  queryKey: ["approvals", "by task"],
  queryFn: async ({ signal }) => {
    const query = { state: "pending" as const, limit: 200 };
    return byTask((await ask(api.GET("/v1/approvals", { params: { query }, signal }))).data);
  },
});

/** The questions that nobody has answered, by the key of their task. */
export const openQuestions = queryOptions({
  queryKey: ["questions", "open by task"],
  queryFn: async ({ signal }) => {
    const query = { state: "open" as const, limit: 200 };
    return byTask((await ask(api.GET("/v1/questions", { params: { query }, signal }))).data);
  },
});

/** The approvals that wait on one task. */
export function approvalsOf(task: string) {
  return queryOptions({
    queryKey: ["approvals", "of task", task],
    queryFn: async ({ signal }) => {
      const query = { task, state: "pending" as const, limit: 50 };
      return (await ask(api.GET("/v1/approvals", { params: { query }, signal }))).data;
    },
  });
}

/** The questions on one task that nobody has answered. */
export function questionsOf(task: string) {
  return queryOptions({
    queryKey: ["questions", "of task", task],
    queryFn: async ({ signal }) => {
      const query = { task, state: "open" as const, limit: 50 };
      return (await ask(api.GET("/v1/questions", { params: { query }, signal }))).data;
    },
  });
}

function byTask<T extends { task: string | null }>(list: readonly T[]): Record<string, T[]> {
  const found: Record<string, T[]> = {};
  for (const one of list) {
    if (one.task === null) continue;
    found[one.task] ??= [];
    found[one.task]?.push(one);
  }
  return found;
}

const ASKS = new Set(["question", "ask", "ask_human"]);

onFrames((frames, client) => {
  if (frames.some((frame) => family(frame) === "approval"))
    soon("approvals of tasks", () => void client.invalidateQueries({ predicate: ({ queryKey }) => isOfTasks(queryKey) }), 50);
  const asking = askingRuns(client);
  if (frames.some((frame) => asks(frame) || goesOn(frame, asking)))
    soon("questions", () => void client.invalidateQueries({ queryKey: ["questions"] }), 50);
});

function isOfTasks([room, part]: QueryKey): boolean {
  return room === "approvals" && (part === "by task" || part === "of task");
}

/** The runs whose questions are shown; null while that is being asked. */
function askingRuns(client: QueryClient): Set<unknown> | null {
  if (client.isFetching({ queryKey: ["questions"] }) > 0) return null;
  const held = client.getQueriesData<object>({ queryKey: ["questions"] }).flatMap(([, data]) => Object.values(data ?? {}).flat());
  return new Set(held.map((question: { run?: string }) => question.run));
}

/** A run that had asked goes on, or is over: it has its answer, or needs none any more. */
function goesOn(frame: Frame, asking: Set<unknown> | null): boolean {
  if (!/^run\.(resumed|completed|failed|cancelled)$/.test(frame.name)) return false;
  return asking === null || asking.has(frame.data.run);
}

function asks(frame: Frame): boolean {
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: string }[]) : [];
  return frame.name === "run.suspended" && waits.some((wait) => ASKS.has(wait.kind ?? ""));
}
