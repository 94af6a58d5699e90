import { type RefObject, useLayoutEffect, useState } from "react";

/** How wide an element is, in pixels; 0 before it is there. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const one = element.current;
    if (one === null) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.round(entry.contentRect.width)));
    setWidth(Math.round(one.getBoundingClientRect().width));
    observer.observe(one);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
