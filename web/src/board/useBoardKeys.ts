import { useNavigate } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { copyText } from "../ui/copy";
import { announce } from "./announce";
import type { Card, Column } from "./card";
import type { HandStore } from "./hand";
import type { Move } from "./useMoves";

const GROUP = "Board";

/** The cards that an act is about: those that are chosen, else the one with the focus. */
export function aboutOf(store: HandStore): string[] {
  const { chosen, cursor } = store.hand;
  if (chosen.size > 0) return [...chosen];
  return cursor === null ? [] : [cursor];
}

/** Everything on the board by the keyboard: go from card to card, move, assign, choose, add, look for. */
export function useBoardKeys({
  store,
  columns,
  cards,
  move,
  search,
  onMenu,
  onAssign,
  onNew,
}: {
  store: HandStore;
  columns: readonly Column[];
  cards: ReadonlyMap<string, readonly Card[]> | undefined;
  move: Move;
  search: RefObject<HTMLInputElement | null>;
  onMenu: (key: string, anchor: Element) => void;
  onAssign: (keys: readonly string[]) => void;
  onNew: () => void;
}): void {
  const navigate = useNavigate();
  const lists = columns.map((column) => cards?.get(column.name) ?? []);
  const step = (down: number, right: number) => {
    const next = nextCard(lists, store.hand.cursor, down, right);
    if (next !== null) goTo(store, next.key);
  };
  const element = () => (store.hand.cursor === null ? null : cardElement(store.hand.cursor));
  const arrow = (down: number, right: number) => () => {
    if (store.within || store.hand.cursor === null) step(down, right);
  };
  const writes = may("tasks:write");
  useShortcuts([
    { keys: "j", label: "Next card", group: GROUP, run: () => step(1, 0) },
    { keys: "k", label: "Card before", group: GROUP, run: () => step(-1, 0) },
    { keys: "l", label: "Column to the right", group: GROUP, run: () => step(0, 1) },
    { keys: "h", label: "Column to the left", group: GROUP, run: () => step(0, -1) },
    { keys: "ArrowDown", label: "Next card", group: GROUP, run: arrow(1, 0) },
    { keys: "ArrowUp", label: "Card before", group: GROUP, run: arrow(-1, 0) },
    { keys: "ArrowRight", label: "Column to the right", group: GROUP, run: arrow(0, 1) },
    { keys: "ArrowLeft", label: "Column to the left", group: GROUP, run: arrow(0, -1) },
    {
      keys: "Enter",
      label: "Open the card",
      group: GROUP,
      run: () => {
        const key = store.hand.cursor;
        if (key !== null) void navigate({ to: "/board/$key", params: { key } });
      },
    },
    {
      keys: ".",
      label: "Copy its key",
      group: GROUP,
      run: () => {
        const key = store.hand.cursor;
        if (key !== null) void copyText(key).then(() => announce(`${key} is copied`));
      },
    },
    { keys: "/", label: "Look for words", group: GROUP, run: () => search.current?.focus() },
    ...(writes
      ? [
          { keys: "c", label: "New task", group: GROUP, run: onNew },
          {
            keys: "x",
            label: "Choose the card",
            group: GROUP,
            run: () => {
              const key = store.hand.cursor;
              if (key === null) return;
              store.toggle(key);
              announce(store.hand.chosen.has(key) ? `${key} is chosen` : `${key} is not chosen any more`);
            },
          },
          {
            keys: "Escape",
            label: "Choose nothing",
            group: GROUP,
            run: (event: KeyboardEvent) => {
              if (isForPage(event) && store.hand.chosen.size > 0) store.change({ chosen: new Set() });
            },
          },
          {
            keys: "m",
            label: "Move to…",
            group: GROUP,
            run: () => {
              const anchor = element();
              if (anchor !== null && store.hand.cursor !== null) onMenu(store.hand.cursor, anchor);
            },
          },
          {
            keys: "i",
            label: "Assign…",
            group: GROUP,
            run: () => {
              const about = aboutOf(store);
              if (about.length > 0) onAssign(about);
            },
          },
          ...columns.slice(0, 9).map((column, index) => ({
            keys: String(index + 1),
            label: `Move to ${column.name}`,
            group: GROUP,
            run: () => {
              const about = aboutOf(store);
              if (about.length > 1 || !(cards?.get(column.name) ?? []).some((card) => card.key === about[0]))
                move(about, { column: column.name });
            },
          })),
        ]
      : []),
  ]);
}

/** The card beside the one with the focus; to the side it is the one at the same height, or the last. */
export function nextCard(lists: readonly (readonly Card[])[], cursor: string | null, down: number, right: number): Card | null {
  const column = lists.findIndex((list) => list.some((card) => card.key === cursor));
  if (column < 0) return lists.find((list) => list.length > 0)?.[0] ?? null;
  const index = lists[column]?.findIndex((card) => card.key === cursor) ?? 0;
  if (right === 0) return lists[column]?.[index + down] ?? null;
  for (let to = column + right; to >= 0 && to < lists.length; to += right) {
    const list = lists[to] ?? [];
    if (list.length > 0) return list[Math.min(index, list.length - 1)] ?? null;
  }
  return null;
}

export function cardElement(key: string): Element | null {
  return document.querySelector(`[data-card="${CSS.escape(key)}"]`);
}

/** Give a card the focus, also where it is not drawn yet. */
export function goTo(store: HandStore, key: string): void {
  store.within = true;
  store.wanted = key;
  store.change({ cursor: key });
  const link = cardElement(key)?.querySelector<HTMLElement>("[data-open]");
  if (!link) return;
  store.wanted = null;
  link.focus();
}

/** Whether Escape is meant for the page: not for a field that is left, nor for a list or a dialog that closes. */
export function isForPage(event: KeyboardEvent): boolean {
  const layer = "input, textarea, select, [role=menu], [role=dialog], [role=listbox]";
  return event.target instanceof Element && event.target.closest(layer) === null;
}
