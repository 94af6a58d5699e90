import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { type Frame, text } from "../live/frame";
import { onFrames } from "../live/start";

/** The approvals that wait, by the key of their task. Under the name of the approvals' room, which says when they are stale. */
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
  const held = client.getQueryData<Record<string, Schema<"QuestionOut">[]>>(openQuestions.queryKey);
  const asking = new Set(Object.values(held ?? {}).flatMap((questions) => questions.map((one) => one.run)));
  if (frames.some((frame) => asks(frame) || (frame.name.startsWith("run.") && asking.has(text(frame, "run") ?? ""))))
    void client.invalidateQueries({ queryKey: ["questions"] });
});

function asks(frame: Frame): boolean {
  const waits = Array.isArray(frame.data.waits) ? (frame.data.waits as { kind?: string }[]) : [];
  return frame.name === "run.suspended" && waits.some((wait) => ASKS.has(wait.kind ?? ""));
}
