import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, ask, type Schema } from "../api/client";
import { tell } from "../ui/tell";
import { archiveCard, assigneeIn, moveCard } from "./acts";
import type { Assignee } from "./card";
import { type Task, takeTask } from "./task_queries";

export type TaskActs = ReturnType<typeof useTaskActs>;

/** What can be done with the task of this page. Each says so itself where it did not work, and resolves to whether it did. */
export function useTaskActs(key: string) {
  const client = useQueryClient();
  return useMemo(() => {
    const path = { key };
    const stale = () => client.invalidateQueries({ queryKey: ["tasks", key] });
    const take = (task: Task) => takeTask(client, task);
    const done = (act: Promise<unknown>, failed: string) =>
      act.then(
        () => true,
        (reason: unknown) => {
          tell(failed)(reason);
          return false;
        },
      );
    /**
     * See it at once; the answer, or the server's word after a failure, goes before it. What is being fetched now may be older than the
     * act, and would take it back for a moment: each act brings a newer answer.
     */
    const guess = async (change: (task: Task) => Task) => {
      await client.cancelQueries({ queryKey: ["tasks", key], exact: true });
      client.setQueryData<Task>(["tasks", key], (task) => (task === undefined ? task : change(task)));
    };
    return {
      change: (patch: Schema<"TaskPatch">, failed = "The task was not changed") => {
        const { title, description, priority, labels, due_at, owner } = patch;
        const seen = Object.fromEntries(
          Object.entries({ title, description, priority, labels, due_at, owner }).filter(([, value]) => value !== undefined),
        );
        void guess((task) => ({ ...task, ...seen }) as Task);
        const act = ask(api.PATCH("/v1/tasks/{key}", { params: { path }, body: patch })).then(take);
        return done(
          act.catch((reason: unknown) => stale().then(() => Promise.reject(reason))),
          failed,
        );
      },
      assign: (to: Assignee | null) =>
        done(
          ask(api.PUT("/v1/tasks/{key}/assignee", { params: { path }, body: assigneeIn(to) })).then(take),
          `${key} was not assigned`,
        ),
      move: (column: string) => {
        void guess((task) => ({ ...task, column }));
        return moveCard(client, key, { column }).finally(() => void stale());
      },
      archive: (archived: boolean) =>
        done(archiveCard(client, key, archived).then(stale), archived ? `${key} was not archived` : `${key} is still archived`),
      dependOn: (on: string) =>
        done(
          ask(api.PUT("/v1/tasks/{key}/dependencies/{on}", { params: { path: { key, on } } })).then(take),
          `${key} does not wait for ${on}`,
        ),
      dependNoMore: (on: string) =>
        done(
          ask(api.DELETE("/v1/tasks/{key}/dependencies/{on}", { params: { path: { key, on } } })).then(take),
          `${key} still waits for ${on}`,
        ),
      addItem: (text: string) =>
        done(
          ask(api.POST("/v1/tasks/{key}/checklist", { params: { path }, body: { text, done: false } })).then(stale),
          "The item was not added",
        ),
      changeItem: (item: string, patch: Schema<"ChecklistItemPatch">) => {
        void guess((task) => ({
          ...task,
          checklist: task.checklist.map((one) =>
            one.id === item ? { ...one, text: patch.text ?? one.text, done: patch.done ?? one.done } : one,
          ),
        }));
        const params = { path: { key, item } };
        return done(
          ask(api.PATCH("/v1/tasks/{key}/checklist/{item}", { params, body: patch })).finally(stale),
          "The item was not changed",
        );
      },
      removeItem: (item: string) => {
        void guess((task) => ({ ...task, checklist: task.checklist.filter((one) => one.id !== item) }));
        const params = { path: { key, item } };
        return done(ask(api.DELETE("/v1/tasks/{key}/checklist/{item}", { params })).finally(stale), "The item was not removed");
      },
      comment: (text: string, replyTo: string | null) =>
        done(
          ask(api.POST("/v1/tasks/{key}/comments", { params: { path }, body: { text, reply_to: replyTo } })).then(stale),
          "The comment was not sent",
        ),
      editComment: (comment: string, text: string) =>
        done(
          ask(api.PATCH("/v1/tasks/{key}/comments/{comment}", { params: { path: { key, comment } }, body: { text } })).then(
            stale,
          ),
          "The comment was not changed",
        ),
      deleteComment: (comment: string) =>
        done(
          ask(api.DELETE("/v1/tasks/{key}/comments/{comment}", { params: { path: { key, comment } } })).then(stale),
          "The comment was not deleted",
        ),
      attach: (body: Schema<"AttachmentIn">) =>
        ask(api.POST("/v1/tasks/{key}/attachments", { params: { path }, body })).then(stale),
      detach: (attachment: string) =>
        done(
          ask(api.DELETE("/v1/tasks/{key}/attachments/{attachment}", { params: { path: { key, attachment } } })).then(stale),
          "The attachment is still there",
        ),
      watch: (person: string) =>
        done(
          ask(api.PUT("/v1/tasks/{key}/watchers/{person}", { params: { path: { key, person } } })).then(stale),
          "Nobody new watches it",
        ),
      unwatch: (person: string) =>
        done(
          ask(api.DELETE("/v1/tasks/{key}/watchers/{person}", { params: { path: { key, person } } })).then(stale),
          `${person} still watches it`,
        ),
      tellAgent: (agent: string, text: string) =>
        done(
          ask(api.POST("/v1/agents/{agent}/messages", { params: { path: { agent } }, body: { text, task: key } })),
          `${agent} was not told`,
        ),
      answer: (question: string, answer: string) =>
        done(
          ask(api.POST("/v1/questions/{question}/answer", { params: { path: { question } }, body: { answer } })).finally(() =>
            client.invalidateQueries({ queryKey: ["questions"] }),
          ),
          "The answer was not taken",
        ),
    };
  }, [client, key]);
}
