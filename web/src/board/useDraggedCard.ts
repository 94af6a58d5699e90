import { draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { attachClosestEdge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { type RefObject, useEffect } from "react";
import { may } from "../session";
import type { Card } from "./card";
import { type HandStore, useHand } from "./hand";

/** Let a card be dragged, and others be dropped at its upper or lower edge. Returns the edge at which one would land now. */
export function useDraggedCard(
  element: RefObject<HTMLElement | null>,
  card: Card,
  store: HandStore,
  done: boolean,
): "top" | "bottom" | null {
  const { key, column, archived } = card;
  useEffect(() => {
    const place = element.current;
    if (place === null || archived || !may("tasks:write")) return;
    const stop = [
      draggable({ element: place, getInitialData: () => ({ card: key, column }) }),
      dropTargetForElements({
        element: place,
        canDrop: ({ source }) => source.data.card !== undefined,
        getData: ({ input, element }) =>
          attachClosestEdge({ card: key, column }, { input, element, allowedEdges: ["top", "bottom"] }),
      }),
    ];
    return () => {
      for (const end of stop) end();
    };
  }, [element, key, column, archived]);
  return useHand(store, (hand) => (hand.over?.key === key && hand.dragged !== key && !done ? hand.over.edge : null));
}
