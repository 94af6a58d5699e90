import type { InfiniteData } from "@tanstack/react-query";
import type { Schema } from "../api/client";

export type EventPage = Schema<"EventPage">;
export type EventPages = InfiniteData<EventPage, string | undefined>;

/**
 * The pages that are shown, with the first page as it is now: what is new stands in front, what was known has its newest runs. Where more
 * came in between than a page holds, the list begins anew: a gap in the middle would not be seen.
 */
export function withFreshPage(held: EventPages, fresh: EventPage): EventPages {
  const now = new Map(fresh.data.map((event) => [event.event_id, event]));
  const known = new Set(held.pages.flatMap((page) => page.data.map((event) => event.event_id)));
  const meets = fresh.next_cursor == null || fresh.data.some((event) => known.has(event.event_id));
  if (!meets || held.pages.length === 0) return { pages: [fresh], pageParams: [undefined] };

  const added = fresh.data.filter((event) => !known.has(event.event_id));
  const pages = held.pages.map((page, index) => {
    const data = page.data.map((event) => now.get(event.event_id) ?? event);
    return { ...page, data: index === 0 ? [...added, ...data] : data };
  });
  return { ...held, pages };
}
