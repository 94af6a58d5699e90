import { useSyncExternalStore } from "react";

/** What the reader's hand is on: the card with the focus, those that are chosen, the one that is dragged, and where it would land. */
export type Hand = {
  cursor: string | null;
  chosen: ReadonlySet<string>;
  dragged: string | null;
  over: { column: string; key: string | null; edge: "top" | "bottom" | null } | null;
};

const EMPTY: Hand = { cursor: null, chosen: new Set(), dragged: null, over: null };

/** One for each board that is shown. Cards read their own part of it, so that a step of the cursor draws two cards and not five hundred. */
export class HandStore {
  #hand = EMPTY;
  #listeners = new Set<() => void>();
  /** The card that gets the focus once it is drawn: it was moved, or is far down. */
  wanted: string | null = null;
  /** The focus is on the board, or was when what had it went away. */
  within = false;

  get hand(): Hand {
    return this.#hand;
  }

  change(change: Partial<Hand>): void {
    this.#hand = { ...this.#hand, ...change };
    for (const listener of this.#listeners) listener();
  }

  toggle(key: string): void {
    const chosen = new Set(this.#hand.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    this.change({ chosen });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** A part of it; drawn again only when that part is another. It has to be a plain value or the same object. */
export function useHand<T>(store: HandStore, part: (hand: Hand) => T): T {
  return useSyncExternalStore(store.subscribe, () => part(store.hand));
}
