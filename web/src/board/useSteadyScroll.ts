import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useRef } from "react";
import type { Card } from "./card";

/**
 * What comes in above, or goes away there, does not move what is being read: the first card in sight stays where it is. How far the list is
 * scrolled is asked of the virtualizer, because asking the browser would make it lay out the page once more for each step of a wheel.
 */
export function useSteadyScroll(
  list: RefObject<HTMLDivElement | null>,
  virtual: Virtualizer<HTMLDivElement, Element>,
  cards: readonly Card[],
): void {
  const before = useRef<{ cards: readonly Card[]; top: string | null; offset: number }>({ cards, top: null, offset: 0 });
  useLayoutEffect(() => {
    const scrolled = virtual.scrollOffset ?? 0;
    const { cards: held, top, offset } = before.current;
    if (held !== cards && top !== null && scrolled > 0) {
      const index = cards.findIndex((card) => card.key === top);
      const start = index < 0 ? undefined : virtual.measurementsCache[index]?.start;
      if (start !== undefined && list.current !== null && Math.abs(start - offset - scrolled) > 1)
        list.current.scrollTop = start - offset;
    }
    const first = virtual.getVirtualItems().find((item) => item.end > scrolled);
    before.current = {
      cards,
      top: first === undefined ? null : (cards[first.index]?.key ?? null),
      offset: first === undefined ? 0 : first.start - scrolled,
    };
  });
}
