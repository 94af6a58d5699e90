import type { Schema } from "../api/client";
import { absolute } from "../ui/Ago";

type Entry = Pick<Schema<"ActivityOut">, "action" | "detail">;

/** What somebody did to a task, after their name: "moved it from Todo to Doing". */
export function activityWords({ action, detail }: Entry): string {
  switch (action) {
    case "created":
      return `made the task${word(detail.column) ? ` in ${word(detail.column)}` : ""}`;
    case "moved":
      return movedWords(detail);
    case "assigned":
      return assignedWords(detail);
    case "commented":
      return "commented";
    case "comment_edited":
      return "changed a comment";
    case "comment_deleted":
      return "deleted a comment";
    case "attached":
      return `attached ${word(detail.name) ?? "something"}`;
    case "detached":
      return `took ${word(detail.name) ?? "an attachment"} off`;
    default:
      return updatedWords(detail);
  }
}

function movedWords(detail: Record<string, unknown>): string {
  const [from, to] = [word(detail.from), word(detail.to)];
  const work = detail.parked === true ? "; the agent's run is paused" : "";
  if (from === to) return `put it elsewhere in ${to}`;
  return `moved it from ${from} to ${to}${work}`;
}

function assignedWords(detail: Record<string, unknown>): string {
  const to = detail.to as Record<string, string> | null;
  const name = to === null ? null : (to?.agent ?? to?.user ?? null);
  if (name === null) return "took it away from everybody";
  const when: Record<string, string> = { waiting: ", who begins when it can", parked: ", parked" };
  const about = Array.isArray(detail.waits_for) ? `: waits for ${detail.waits_for.join(", ")}` : "";
  return `gave it to ${name}${when[word(detail.start) ?? ""] ?? ""}${about}`;
}

/** The fields that a change has touched, in the order of the page; what an entry holds beside them is for machines. */
const FIELDS: [string, (value: unknown) => string][] = [
  ["title", (value) => `changed the title to “${word(value)}”`],
  ["description", () => "changed the description"],
  ["priority", (value) => `set the priority to ${word(value)}`],
  ["labels", (value) => (list(value).length === 0 ? "took all labels off" : `set the labels ${list(value).join(", ")}`)],
  ["due_at", (value) => (value === null ? "took the due date away" : `set it due ${absolute(String(value))}`)],
  ["owner", (value) => (value === null ? "left it without an owner" : `made ${word(value)} its owner`)],
  ["parent", (value) => (value === null ? "took it out of its parent" : `made it a part of ${word(value)}`)],
  ["depends_on", (value) => (list(value).length === 0 ? "let it wait for nothing" : `let it wait for ${list(value).join(", ")}`)],
  ["checklist", () => "changed the checklist"],
  ["archived", (value) => (value === false ? "took it out of the archive" : "archived it")],
];

function updatedWords(detail: Record<string, unknown>): string {
  const said = FIELDS.filter(([name]) => name in detail).map(([name, words]) => words(detail[name]));
  return said.length === 0 ? "changed it" : [...new Set(said)].join(", ");
}

function word(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
