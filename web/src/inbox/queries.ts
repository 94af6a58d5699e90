import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { text } from "../live/frame";
import { paced } from "../live/pace";
import { onFrames } from "../live/start";
import { userList } from "../people/queries";
import { may, session } from "../session";
import type { ItemKind } from "./item";

export type InboxWish = { view: "open" | "snoozed" | "archived"; unread: boolean; kind?: ItemKind };
export type Question = Schema<"QuestionOut">;

/** Whether the reader has an inbox: it belongs to a user, and who looks at an open server or with a key may be none. */
export const hasInbox = queryOptions({
  queryKey: ["inbox", "exists"],
  queryFn: async ({ client }) => {
    const { me } = session();
    if (me.kind !== "person") return false;
    if (!may("people:read")) return true;
    const users = await client.ensureQueryData(userList);
    // Of more users than one page holds, the inbox itself says.
    return users.length >= 200 || users.some((user) => user.name === me.name);
  },
});

export const inboxKey = (wish: InboxWish) => ["inbox", "list", wish];

/** A page of the reader's own inbox, the newest first. 404 for who has none. */
export function inboxPage(wish: InboxWish, cursor: string | undefined, signal: AbortSignal) {
  return ask(api.GET("/v1/inbox", { params: { query: { ...wish, limit: 50, cursor } }, signal }));
}

/** What agents ask and nobody has answered, oldest first. */
export const openQuestions = queryOptions({
  queryKey: ["questions", "open"],
  queryFn: async ({ signal }) =>
    (await ask(api.GET("/v1/questions", { params: { query: { state: "open", limit: 200 } }, signal }))).data,
});

/** What the reader gets by mail. */
export const inboxSettings = queryOptions({
  queryKey: ["inbox", "settings"],
  queryFn: ({ signal }) => ask(api.GET("/v1/inbox/settings", { signal })),
});

let refresh: (() => void) | null = null;

onFrames((frames, client) => {
  const held = client.getQueryData<Question[]>(openQuestions.queryKey);
  if (held === undefined) return;
  const asking = new Set(held.map((one) => one.run));
  const stale = frames.some((frame) => {
    if (frame.name === "run.suspended")
      return Array.isArray(frame.data.waits) && frame.data.waits.some((wait) => (wait as { kind?: string }).kind === "question");
    return /^run\.(resumed|completed|failed|cancelled)$/.test(frame.name) && asking.has(text(frame, "run") ?? "");
  });
  if (!stale) return;
  refresh ??= paced(() => void client.invalidateQueries({ queryKey: ["questions"] }), { first: 0, every: 400 });
  refresh();
});
