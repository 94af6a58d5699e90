import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { family, text } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";

export type Task = Schema<"TaskOut">;

/** One task with all that belongs to it. What else is asked of it stands under the same name, and gets stale with it. */
export function oneTask(key: string) {
  return queryOptions({
    queryKey: ["tasks", key],
    queryFn: ({ signal }) => ask(api.GET("/v1/tasks/{key}", { params: { path: { key } }, signal })),
  });
}

/** The cards below a task, with their runs and costs; the runs of the task itself too. */
export function taskTree(key: string) {
  return queryOptions({
    queryKey: ["tasks", key, "tree"],
    queryFn: ({ signal }) => ask(api.GET("/v1/tasks/{key}/tree", { params: { path: { key } }, signal })),
  });
}

/** Everything that was ever changed, oldest first. */
export function taskActivity(key: string) {
  return infiniteQueryOptions({
    queryKey: ["tasks", key, "activity"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/tasks/{key}/activity", { params: { path: { key }, query: { limit: 100, cursor: pageParam } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** All comments, for a task that has more than come with it. */
export function allComments(key: string) {
  return queryOptions({
    queryKey: ["tasks", key, "comments"],
    queryFn: async ({ signal }) => {
      const found: Schema<"CommentOut">[] = [];
      let cursor: string | undefined;
      do {
        const params = { path: { key }, query: { limit: 200, cursor } };
        const page = await ask(api.GET("/v1/tasks/{key}/comments", { params, signal }));
        found.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    },
  });
}

/** What waits for a person on this task. Under the names of those who say when it is stale. */
export function approvalsOf(task: string) {
  return queryOptions({
    queryKey: ["approvals", "of task", task],
    queryFn: async ({ signal }) => {
      const query = { task, state: "pending" as const, limit: 50 };
      return (await ask(api.GET("/v1/approvals", { params: { query }, signal }))).data;
    },
  });
}

export function questionsOf(task: string) {
  return queryOptions({
    queryKey: ["questions", "of task", task],
    queryFn: async ({ signal }) => {
      const query = { task, state: "open" as const, limit: 50 };
      return (await ask(api.GET("/v1/questions", { params: { query }, signal }))).data;
    },
  });
}

/** Take the answer of a change: it is newer than what is held, unless something newer came meanwhile. */
export function takeTask(client: QueryClient, task: Task): void {
  client.setQueryData<Task>(["tasks", task.key], (held) => (held === undefined || held.revision <= task.revision ? task : held));
}

onFrames((frames, client) => {
  const held = client
    .getQueryCache()
    .findAll({ queryKey: ["tasks"] })
    .map((query) => query.state.data as Task | undefined)
    .filter((task) => task?.key !== undefined);
  if (held.length === 0) return;
  for (const task of held) {
    if (task === undefined) continue;
    const related = new Set([task.key, task.id, task.run, task.parent, ...task.depends_on]);
    const heard = frames.some(
      (frame) =>
        (/^(task|run|agent|usage)$/.test(family(frame)) &&
          (related.has(text(frame, "task") ?? "") || related.has(text(frame, "run") ?? ""))) ||
        (task.children.total > 0 && frame.name === "task.moved"),
    );
    if (heard) soon(`task ${task.key}`, () => void client.invalidateQueries({ queryKey: ["tasks", task.key] }), 60);
  }
});
