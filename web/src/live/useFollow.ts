import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** So near to the end counts as the end: a line may be drawn a few pixels taller than it was measured. */
const NEAR_PX = 32;
/** A pointer that is held on the scroll bar tells of each move. */
const BY_HAND = ["wheel", "touchmove", "keydown", "pointerdown", "pointermove"] as const;
/** So long after the hand's last sign the box may still roll. */
const HAND_MS = 600;

/**
 * Keep the end of a scrolled box in sight while it grows, until its reader scrolls up; back at the end it follows again. `grown` is
 * anything that changes with what is shown.
 */
export function useFollow(box: RefObject<HTMLElement | null>, grown: unknown) {
  const [following, setFollowing] = useState(true);
  const moved = useRef(Number.NEGATIVE_INFINITY);

  const toEnd = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
  }, [box]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows because something grew
  useEffect(() => {
    if (following) toEnd();
  }, [grown, following, toEnd]);

  /** Lines are measured after they are drawn, and the window may change: the height of what is in the box says when to follow. */
  useEffect(() => {
    const inner = box.current?.firstElementChild;
    if (!following || inner === null || inner === undefined) return;
    const observer = new ResizeObserver(toEnd);
    observer.observe(inner);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, following, toEnd]);

  // What is drawn, measured and fetched moves the box too. Only its reader's own hand ends the following.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const touch = (event: Event) => {
      if (event instanceof PointerEvent && event.type === "pointermove" && event.buttons === 0) return;
      moved.current = performance.now();
      if (event instanceof WheelEvent && event.deltaY < 0 && element.scrollTop > 0) setFollowing(false);
    };
    for (const name of BY_HAND) element.addEventListener(name, touch, { passive: true });
    return () => {
      for (const name of BY_HAND) element.removeEventListener(name, touch);
    };
  }, [box]);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (element === null || performance.now() - moved.current > HAND_MS) return;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX);
  }, [box]);

  return { following, setFollowing, onScroll };
}
