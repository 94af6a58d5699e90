import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { tell } from "../ui/tell";
import { actOnCards, moveCard, type Target } from "./acts";
import { announce } from "./announce";
import type { HandStore } from "./hand";

/** Move these cards. Several go to the end of the column. */
export type Move = (keys: readonly string[], target: Target) => void;

/** Moves of cards, said aloud, with the focus going along. */
export function useMoves(store: HandStore): Move {
  const client = useQueryClient();
  return useCallback(
    (keys, target) => {
      const [key] = keys;
      if (key === undefined) return;
      if (keys.length > 1) {
        actOnCards(client, keys, { action: "move", column: target.column })
          .then(() => announce(`${keys.length} cards moved to ${target.column}`))
          .catch(tell("The cards were not moved"));
        return;
      }
      if (store.within) store.wanted = key;
      announce(`${key} moved to ${target.column}`);
      void moveCard(client, key, target).then((moved) => {
        if (!moved && store.within && store.hand.cursor === key) store.wanted = key;
        if (!moved) announce(`${key} stays where it was`);
      });
    },
    [client, store],
  );
}
