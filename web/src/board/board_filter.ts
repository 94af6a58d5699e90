import { assigneeOf, type Card, PRIORITIES, type Priority } from "./card";
import type { ServerFilter } from "./queries";

/** What the address says of a board: `?assignee=atlas&label=refund,q3&priority=urgent,high&q=parcel&archived=yes&filter=mine`. */
export type BoardSearch = {
  board?: string;
  assignee?: string;
  label?: string;
  priority?: string;
  q?: string;
  filter?: string;
  archived?: string;
  new?: string;
};

/** Which cards are to be seen. Labels: all of them; priorities: one of them. */
export type BoardFilter = {
  assignee: string | null;
  labels: string[];
  priorities: Priority[];
  q: string;
  saved: string | null;
  archived: boolean;
};

export function readFilter(search: BoardSearch): BoardFilter {
  return {
    assignee: search.assignee ?? null,
    labels: listOf(search.label),
    priorities: listOf(search.priority).filter((one): one is Priority => (PRIORITIES as readonly string[]).includes(one)),
    q: search.q ?? "",
    saved: search.filter ?? null,
    archived: search.archived === "yes",
  };
}

/** The same as it stands in the address; what asks for nothing is not there. */
export function writeFilter(filter: BoardFilter): Omit<BoardSearch, "board" | "new"> {
  return {
    assignee: filter.assignee ?? undefined,
    label: filter.labels.join(",") || undefined,
    priority: filter.priorities.join(",") || undefined,
    q: filter.q || undefined,
    filter: filter.saved ?? undefined,
    archived: filter.archived ? "yes" : undefined,
  };
}

export function isFiltered(filter: BoardFilter): boolean {
  return (
    filter.assignee !== null || filter.labels.length + filter.priorities.length > 0 || filter.q !== "" || filter.saved !== null
  );
}

/** What the server is asked for. `me` is who looks. */
export function serverFilter(filter: BoardFilter, me: string): ServerFilter {
  return {
    assignee: filter.assignee === null ? undefined : filter.assignee === "me" ? me : filter.assignee,
    label: filter.labels.length > 0 ? filter.labels : undefined,
    priority: filter.priorities.length > 0 ? filter.priorities : undefined,
    q: filter.q.trim() || undefined,
    filter: filter.saved ?? undefined,
  };
}

/**
 * Whether a card is to be seen. What the page knows of a card it tells at once; `matches` are the cards that the server found for the words and the
 * saved filter, null while it is still looking.
 */
export function fits(card: Card, filter: BoardFilter, me: string, matches: ReadonlySet<string> | null): boolean {
  const assignee = assigneeOf(card)?.name ?? "nobody";
  if (filter.assignee !== null && assignee !== (filter.assignee === "me" ? me : filter.assignee)) return false;
  if (!filter.labels.every((label) => card.labels.includes(label))) return false;
  if (filter.priorities.length > 0 && !filter.priorities.includes(card.priority)) return false;
  if (filter.saved !== null) return matches?.has(card.key) ?? false;
  return filter.q.trim() === "" || says(card, filter.q) || (matches?.has(card.key) ?? false);
}

function says(card: Card, q: string): boolean {
  const words = `${card.key} ${card.title}`.toLowerCase();
  return q
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
}

function listOf(text: string | undefined): string[] {
  return (text ?? "").split(",").filter((one) => one !== "");
}
