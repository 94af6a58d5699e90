import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { api, ask } from "../api/client";
import { useShortcuts } from "../keys/shortcuts";
import { paced } from "../live/pace";
import { useResourceStream } from "../live/useResourceStream";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { usePages } from "../ui/usePages";
import styles from "./InboxList.module.css";
import { InboxRow } from "./InboxRow";
import type { Item } from "./item";
import type { Held } from "./mark";
import { type InboxWish, inboxKey, inboxPage } from "./queries";
import { useMark } from "./useMark";

const EMPTY: Record<InboxWish["view"], { title: string; text: string }> = {
  open: { title: "Nothing is new", text: "Mentions, tasks that are given to you, answers and dates come in here." },
  snoozed: { title: "Nothing is put off", text: "What you put off comes back by itself at its time." },
  archived: {
    title: "The archive is empty",
    text: "What you archive is kept here for 90 days, and comes back when there is more of it.",
  },
};

/** The reader's inbox in one of its views, live for as long as it is looked at. */
export function InboxList({ wish }: { wish: InboxWish }) {
  const client = useQueryClient();
  const key = inboxKey(wish);
  const pages = usePages(key, (cursor, signal) => inboxPage(wish, cursor, signal));
  const mark = useMark(key);
  const list = useRef<HTMLUListElement>(null);
  const [menuOf, setMenuOf] = useState<string | null>(null);
  const seq = client.getQueryData<Held>(key)?.pages[0]?.seq;
  const refresh = useMemo(
    () => paced(() => void client.invalidateQueries({ queryKey: ["inbox", "list"] }), { first: 0, every: 400 }),
    [client],
  );
  // The stream begins where the first answer ended, and goes on by itself.
  const [after] = useState<{ seq: number | null }>({ seq: null });
  if (after.seq === null && seq !== undefined) after.seq = seq;
  useResourceStream({
    url: after.seq === null ? null : "/v1/inbox/stream",
    after: after.seq ?? 0,
    onFrames: (frames) => {
      if (frames.some((frame) => frame.name.startsWith("inbox.") || frame.name === "reset")) refresh();
    },
  });

  const rows = pages.rows ?? [];
  const current = () => {
    const id = document.activeElement?.closest<HTMLElement>("[data-item]")?.dataset.item;
    return rows.findIndex((row) => row.id === id);
  };
  const focus = (place: number) => {
    const id = rows[place]?.id;
    if (id !== undefined) list.current?.querySelector<HTMLElement>(`[data-item="${id}"] [data-open]`)?.focus();
  };
  /** The focus goes to the next one before the one that has it leaves. */
  const leave = (item: Item, act: "archive" | "unarchive" | "snooze" | "unsnooze", until?: Date) => {
    const place = rows.indexOf(item);
    focus(place + 1 < rows.length ? place + 1 : place - 1);
    mark([item], act, until);
  };
  const archive = (item: Item) => leave(item, wish.view === "archived" ? "unarchive" : "archive");
  const withCurrent = (act: (item: Item) => void) => () => {
    const item = rows[current()];
    if (item !== undefined) act(item);
  };
  useShortcuts([
    { keys: "j", label: "Next one", group: "Inbox", run: () => focus(current() + 1) },
    { keys: "k", label: "One before", group: "Inbox", run: () => focus(Math.max(current() - 1, 0)) },
    {
      keys: "e",
      label: wish.view === "archived" ? "Bring back" : "Archive",
      group: "Inbox",
      run: withCurrent(archive),
    },
    {
      keys: "u",
      label: "Read or unread",
      group: "Inbox",
      run: withCurrent((item) => mark([item], item.unread ? "read" : "unread")),
    },
    { keys: "s", label: "Put off", group: "Inbox", run: withCurrent((item) => setMenuOf(item.id)) },
  ]);

  const readAll = () => {
    if (seq === undefined) return;
    ask(api.POST("/v1/inbox/read", { body: { up_to: seq } }))
      .then(() => client.invalidateQueries({ queryKey: ["inbox", "list"] }))
      .catch(tell("They stay unread"));
  };

  if (pages.rows === undefined)
    return pages.failure ? (
      <Failure reason={pages.failure} retry={pages.retry} />
    ) : (
      <Skeleton lines={8} label="Loading the inbox" />
    );
  if (rows.length === 0)
    return (
      <Empty title={wish.unread ? "Nothing is unread" : EMPTY[wish.view].title} command="flowforge inbox">
        {EMPTY[wish.view].text}
      </Empty>
    );
  return (
    <>
      {wish.view === "open" && rows.some((row) => row.unread) && (
        <div>
          <Button size="small" onClick={readAll}>
            Mark all as read
          </Button>
        </div>
      )}
      <ul ref={list} className={styles.list} aria-label="Inbox, newest first">
        {rows.map((item) => (
          <InboxRow
            key={item.id}
            item={item}
            view={wish.view}
            menuOpen={menuOf === item.id}
            onMenu={(open) => setMenuOf(open ? item.id : null)}
            onRead={(unread) => mark([item], unread ? "unread" : "read")}
            onArchive={() => archive(item)}
            onSnooze={(until) => leave(item, until === null ? "unsnooze" : "snooze", until ?? undefined)}
          />
        ))}
      </ul>
      {pages.hasMore && (
        <div>
          <Button busy={pages.loadingMore} onClick={pages.more}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
