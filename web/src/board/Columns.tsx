import { useEffect, useMemo, useRef, useState } from "react";
import { Announcer, announce } from "./announce";
import type { BoardFilter } from "./board_filter";
import styles from "./Columns.module.css";
import { ColumnView } from "./ColumnView";
import type { Card, Column } from "./card";
import { useGlide } from "./glide";
import { type HandStore, useHand } from "./hand";
import { lookBack } from "./last_lines";
import { onTouch } from "./touched";
import { useDragOnBoard } from "./useDragOnBoard";
import type { Move } from "./useMoves";

type Props = {
  board: string;
  columns: readonly Column[];
  cards: ReadonlyMap<string, readonly Card[]>;
  filter: BoardFilter;
  store: HandStore;
  move: Move;
  onMenu: (key: string, anchor: Element) => void;
};

/** The columns side by side. While a card is dragged nothing else moves: what comes meanwhile is shown when it has landed. */
export function Columns({ board, columns, cards, filter, store, move, onMenu }: Props) {
  const [root, setRoot] = useState<HTMLDivElement | null>(null);
  const dragging = useHand(store, (hand) => hand.dragged !== null);
  const shown = useStill(cards, dragging);
  useGlide(root, shown, dragging);
  useDragOnBoard({ root, store, columns, cards: shown, move });
  useSpokenMoves(shown);
  useFocusWithin(root, store);
  useEffect(() => {
    void lookBack();
  }, []);
  return (
    <>
      <div ref={setRoot} className={styles.columns} data-columns>
        {columns.map((column, index) => (
          <ColumnView
            key={column.id}
            board={board}
            column={column}
            number={index + 1}
            cards={shown.get(column.name) ?? NONE}
            filter={filter}
            store={store}
            onMenu={onMenu}
          />
        ))}
      </div>
      <Announcer />
    </>
  );
}

const NONE: readonly Card[] = [];

/** What was shown when it began to be held still. */
function useStill<T>(value: T, still: boolean): T {
  const held = useRef(value);
  if (!still) held.current = value;
  return held.current;
}

/** The store knows whether the focus is on the board: a card that is drawn anew elsewhere takes it along. */
function useFocusWithin(root: HTMLElement | null, store: HandStore): void {
  useEffect(() => {
    if (root === null) return;
    const look = (event: FocusEvent) => {
      const target = event.target as Element;
      store.within = root.contains(target);
      const key = store.within ? target.closest("[data-card]")?.getAttribute("data-card") : undefined;
      if (key && key !== store.hand.cursor) store.change({ cursor: key });
    };
    const leave = (event: PointerEvent) => {
      if (!root.contains(event.target as Node)) store.within = false;
    };
    document.addEventListener("focusin", look);
    document.addEventListener("pointerdown", leave);
    return () => {
      document.removeEventListener("focusin", look);
      document.removeEventListener("pointerdown", leave);
    };
  }, [root, store]);
}

/** What others move is said to a screen reader, where the card is one that is shown. */
function useSpokenMoves(shown: ReadonlyMap<string, readonly Card[]>): void {
  const keys = useMemo(() => new Set([...shown.values()].flatMap((cards) => cards.map((card) => card.key))), [shown]);
  const held = useRef(keys);
  useEffect(() => {
    held.current = keys;
  });
  useEffect(() => onTouch((key, { by, to }) => held.current.has(key) && announce(`${by} moved ${key} to ${to}`)), []);
}
