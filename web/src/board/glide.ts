import { useEffect, useLayoutEffect } from "react";
import { isOwnMove } from "./acts";
import { beforeChange } from "./following";

const GLIDE_MS = 200;
/** More at once would be a flurry that nobody can follow. */
const CARDS_MAX = 5;

/**
 * A card that somebody else moved glides from where it stood to where it stands. It flies as a copy above the page, because the columns cut off
 * what leaves them. `shown` is anything that changes with what is drawn.
 */
export function useGlide(root: HTMLElement | null, shown: unknown, still: boolean): void {
  useEffect(() => {
    if (root === null) return;
    return beforeChange((before, after, keys) => {
      const moved = keys.filter((key) => {
        const [was, is] = [before.cards.get(key), after.cards.get(key)];
        return was && is && was.column !== is.column && !isOwnMove(key);
      });
      if (moved.length > CARDS_MAX) return;
      for (const key of moved) {
        const element = find(root, key);
        if (element !== null) left.set(key, element.getBoundingClientRect());
      }
    });
  }, [root]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it looks whenever something else is drawn
  useLayoutEffect(() => {
    if (root === null || left.size === 0) return;
    for (const [key, from] of left) {
      const element = find(root, key);
      if (element === null) continue;
      const to = element.getBoundingClientRect();
      if (Math.abs(to.left - from.left) < 4) continue;
      left.delete(key);
      if (!still && !matchMedia("(prefers-reduced-motion: reduce)").matches) fly(element, from, to);
    }
    if (left.size > CARDS_MAX) left.clear();
  }, [root, shown, still]);
}

const left = new Map<string, DOMRect>();

function fly(element: HTMLElement, from: DOMRect, to: DOMRect): void {
  const copy = element.cloneNode(true) as HTMLElement;
  copy.removeAttribute("data-card");
  copy.inert = true;
  copy.setAttribute("aria-hidden", "true");
  Object.assign(copy.style, {
    position: "fixed",
    left: `${to.left}px`,
    top: `${to.top}px`,
    width: `${to.width}px`,
    height: `${to.height}px`,
    margin: "0",
    zIndex: "25",
    pointerEvents: "none",
  });
  document.body.append(copy);
  element.style.visibility = "hidden";
  const start = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  const land = () => {
    copy.remove();
    element.style.visibility = "";
  };
  copy
    .animate([{ transform: start }, { transform: "none" }], { duration: GLIDE_MS, easing: "ease-out" })
    .finished.then(land, land);
}

function find(root: HTMLElement, key: string): HTMLElement | null {
  return root.querySelector<HTMLElement>(`[data-card="${CSS.escape(key)}"]`);
}
