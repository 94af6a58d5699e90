import type { InfiniteData } from "@tanstack/react-query";
import type { Schema } from "../api/client";
import type { Item } from "./item";

export type InboxPageOut = Schema<"InboxPage">;
export type Held = InfiniteData<InboxPageOut, string | undefined>;
/** What somebody does with an item. */
export type Act = "read" | "unread" | "archive" | "unarchive" | "snooze" | "unsnooze";

/** The list as it will be once the server has done it: what leaves this view leaves at once, and the numbers follow. */
export function marked(held: Held, ids: ReadonlySet<string>, act: Act): Held {
  const touched = held.pages.flatMap((page) => page.data).filter((item) => ids.has(item.id));
  const unread = { ...held.pages[0]?.unread };
  for (const item of touched) {
    const delta = Number(counts(after(item, act))) - Number(counts(item));
    if (delta !== 0) unread[item.kind] = Math.max(0, (unread[item.kind] ?? 0) + delta);
  }
  return {
    ...held,
    pages: held.pages.map((page) => ({
      ...page,
      unread,
      data: page.data.flatMap((item) => (!ids.has(item.id) ? [item] : leaves(act) ? [] : [after(item, act)])),
    })),
  };
}

/** An item is counted while it is unread, and neither archived nor put off. */
function counts(item: Item): boolean {
  return item.unread && !item.archived && item.snoozed_until === null;
}

function after(item: Item, act: Act): Item {
  switch (act) {
    case "read":
      return { ...item, unread: false };
    case "unread":
      return { ...item, unread: true };
    case "archive":
    case "unarchive":
      return { ...item, archived: act === "archive" };
    default:
      return { ...item, snoozed_until: act === "snooze" ? "9999-12-31T00:00:00Z" : null };
  }
}

/** Each view shows one of open, put off and archived: an act that changes which of them an item is takes it out of the view. */
function leaves(act: Act): boolean {
  return act !== "read" && act !== "unread";
}
