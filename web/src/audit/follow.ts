import type { InfiniteData } from "@tanstack/react-query";
import type { Schema } from "../api/client";

export type Entry = Schema<"AuditEntryOut">;
export type EntryPages = InfiniteData<Schema<"AuditEntryPage">, string | undefined>;
/** What a list is narrowed to, as the page's address says it. */
export type Filters = { actor?: string; action?: string; target?: string; q?: string; since?: string; until?: string };

/**
 * The pages that are shown, with entries that came since: each once, the newest first, whatever came first. An entry that was shown before it
 * had its position gets it.
 */
export function withEntries(held: EntryPages, fresh: readonly Entry[]): EntryPages {
  const now = new Map(fresh.map((entry) => [entry.id, entry]));
  const [first, ...rest] = held.pages.map((page) => ({
    ...page,
    data: page.data.map((entry) => {
      const found = now.get(entry.id);
      now.delete(entry.id);
      return found ?? entry;
    }),
  }));
  if (first === undefined) return held;
  const data = [...first.data, ...now.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  return { ...held, pages: [{ ...first, data }, ...rest] };
}

/** Whether the server would have listed the entry, by the same rules. */
export function fits(entry: Entry, { actor, action, target, q, until }: Filters): boolean {
  if (actor !== undefined && entry.principal.name !== actor) return false;
  if (action !== undefined && !entry.action.startsWith(action)) return false;
  if (target !== undefined && entry.target.name !== target) return false;
  if (until !== undefined && entry.at > until) return false;
  if (q === undefined) return true;
  const words = q.toLowerCase();
  const texts = [entry.action, entry.principal.name, entry.target.name, entry.detail && JSON.stringify(entry.detail)];
  return texts.some((text) => text?.toLowerCase().includes(words));
}
