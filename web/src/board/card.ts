import type { Schema } from "../api/client";

/** A card as the board shows it: what the server says in short, and whether it is put away. */
export type Card = Schema<"CardOut"> & { archived: boolean };
export type Assignee = { kind: "agent" | "user"; name: string };
export type Column = Schema<"ColumnOut">;
export type Priority = Card["priority"];

export const PRIORITIES: readonly Priority[] = ["urgent", "high", "medium", "low", "none"];

export function cardOf(line: Schema<"CardOut">): Card {
  return { ...line, archived: false };
}

/** The card of a task that was asked for in full. */
export function cardOfTask(task: Schema<"TaskOut">): Card {
  const { id, key, title, column, position, assignee, run, state, cost, priority, labels, due_at, blocked_by } = task;
  const { waits, parked, parent, revision, created_at, updated_at, children, checklist } = task;
  return {
    ...{ id, key, title, column, position, assignee, run, state, cost, priority, labels, due_at, blocked_by },
    ...{ waits, parked, parent, revision, created_at, updated_at },
    children: { done: children.done, total: children.total },
    checklist: { done: checklist.filter((item) => item.done).length, total: checklist.length },
    archived: task.archived_at !== null,
  };
}

/** Who has it: `{ agent: "atlas" }` as a kind and a name. */
export function assigneeOf(card: { assignee: Record<string, string> | null }): Assignee | null {
  if (card.assignee?.agent !== undefined) return { kind: "agent", name: card.assignee.agent };
  if (card.assignee?.user !== undefined) return { kind: "user", name: card.assignee.user };
  return null;
}

/** What is done of it: its parts where it has any, else its checklist. */
export function progressOf(card: Card): { done: number; total: number; of: "parts" | "items" } | null {
  if (card.children.total > 0) return { ...card.children, of: "parts" };
  return card.checklist.total > 0 ? { ...card.checklist, of: "items" } : null;
}

/** As they stand: ranks are text that sorts byte by byte (all of it ASCII), and of equal ones the older card comes first. */
export function byPosition(one: Card, other: Card): number {
  if (one.position !== other.position) return one.position < other.position ? -1 : 1;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

/** The latest change first: how finished cards stand, of which nobody looks at all. */
export function byNewest(one: Card, other: Card): number {
  if (one.updated_at !== other.updated_at) return one.updated_at > other.updated_at ? -1 : 1;
  return one.id > other.id ? -1 : one.id < other.id ? 1 : 0;
}

/** The prefix of a task's key, which is its board: `OPS` of `OPS-12`. */
export function boardOf(key: string): string {
  return key.slice(0, key.lastIndexOf("-"));
}

/** Whom a picker chose, as its value has it: `agent:atlas`, `user:mira`; and back. */
export function assigneeValue(to: Assignee | null): string | null {
  return to === null ? null : `${to.kind}:${to.name}`;
}

export function readAssignee(value: string | null): Assignee | null {
  if (value === null) return null;
  const at = value.indexOf(":");
  return { kind: value.slice(0, at) === "agent" ? "agent" : "user", name: value.slice(at + 1) };
}
