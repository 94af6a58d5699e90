import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { tell } from "../ui/tell";
import type { Item } from "./item";
import { type Act, type Held, marked } from "./mark";

/** Do something with items: seen at once, put back where the server refuses. */
export function useMark(queryKey: QueryKey): (items: readonly Item[], act: Act, until?: Date) => void {
  const client = useQueryClient();
  return (items, act, until) => {
    if (items.length === 0) return;
    const ids = items.map((item) => item.id);
    const before = client.getQueryData<Held>(queryKey);
    if (before !== undefined) client.setQueryData<Held>(queryKey, marked(before, new Set(ids), act));
    send(ids, act, until).then(
      // The other views hold what has left this one: they are asked when they are shown.
      () => client.invalidateQueries({ queryKey: ["inbox", "list"], refetchType: "none" }),
      (reason: unknown) => {
        client.setQueryData(queryKey, before);
        tell(items.length === 1 ? "The item stays as it was" : "The items stay as they were")(reason);
      },
    );
  };
}

function send(ids: string[], act: Act, until: Date | undefined): Promise<unknown> {
  switch (act) {
    case "read":
    case "unread":
      return ask(api.POST("/v1/inbox/read", { body: { ids, unread: act === "unread" } }));
    case "archive":
    case "unarchive":
      return ask(api.POST("/v1/inbox/archive", { body: { ids, undo: act === "unarchive" } }));
    default:
      return ask(api.POST("/v1/inbox/snooze", { body: { ids, until: until?.toISOString() ?? null } }));
  }
}
