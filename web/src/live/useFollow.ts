import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** So near to the end counts as the end: a line may be drawn a few pixels taller than it was measured. */
const NEAR_PX = 32;

/**
 * Keep the end of a scrolled box in sight while it grows, until its reader scrolls up; back at the end it follows again. `grown` is
 * anything that changes with what is shown.
 */
export function useFollow(box: RefObject<HTMLElement | null>, grown: unknown) {
  const [following, setFollowing] = useState(true);
  const ours = useRef(false);

  const toEnd = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    ours.current = true;
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

  const onScroll = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    if (ours.current) {
      ours.current = false;
      if (atEnd) return;
    }
    setFollowing(atEnd);
  }, [box]);

  return { following, setFollowing, onScroll };
}
