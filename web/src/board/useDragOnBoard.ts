import { monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import type { DragLocation } from "@atlaskit/pragmatic-drag-and-drop/types";
import { extractClosestEdge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { useEffect, useRef } from "react";
import type { Target } from "./acts";
import type { Card, Column } from "./card";
import type { Hand, HandStore } from "./hand";
import type { Move } from "./useMoves";

type Board = {
  root: HTMLElement | null;
  store: HandStore;
  columns: readonly Column[];
  cards: ReadonlyMap<string, readonly Card[]>;
  move: Move;
};

/** What happens on the board while a card is dragged: where it would land is shown, and there it goes. */
export function useDragOnBoard(board: Board): void {
  const held = useRef(board);
  useEffect(() => {
    held.current = board;
  });
  const { store } = board;
  useEffect(
    () =>
      monitorForElements({
        canMonitor: ({ source }) => source.data.card !== undefined,
        onDragStart: ({ source }) => store.change({ dragged: String(source.data.card) }),
        onDrag: ({ location }) => {
          const over = placeOf(location.current);
          if (!alike(over, store.hand.over)) store.change({ over });
        },
        onDrop: ({ source, location }) => {
          const over = placeOf(location.current);
          store.change({ dragged: null, over: null });
          const key = String(source.data.card);
          const target = over === null ? null : targetOf(key, over, held.current);
          if (target !== null) held.current.move([key], target);
        },
      }),
    [store],
  );
}

function placeOf({ dropTargets }: DragLocation): Hand["over"] {
  const [target] = dropTargets;
  if (target === undefined || typeof target.data.column !== "string") return null;
  const key = typeof target.data.card === "string" ? target.data.card : null;
  const edge = extractClosestEdge(target.data);
  return { column: target.data.column, key, edge: edge === "top" || edge === "bottom" ? edge : null };
}

function alike(one: Hand["over"], other: Hand["over"]): boolean {
  return one?.column === other?.column && one?.key === other?.key && one?.edge === other?.edge;
}

/** What the server is to be told, or null where the card stands there already. */
export function targetOf(
  key: string,
  over: NonNullable<Hand["over"]>,
  { columns, cards }: Pick<Board, "columns" | "cards">,
): Target | null {
  const here = cards.get(over.column) ?? [];
  const from = here.findIndex((card) => card.key === key);
  const newestFirst = columns.find((column) => column.name === over.column)?.category === "done";
  if (newestFirst) return from >= 0 ? null : { column: over.column };
  if (over.key === null || over.key === key) {
    const stands = over.key === key || from === here.length - 1;
    return from >= 0 && stands ? null : { column: over.column };
  }
  const beside = here.findIndex((card) => card.key === over.key);
  const stands = from >= 0 && (over.edge === "top" ? from === beside - 1 : from === beside + 1);
  if (stands) return null;
  return over.edge === "top" ? { column: over.column, before: over.key } : { column: over.column, after: over.key };
}
