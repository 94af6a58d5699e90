import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 960px)";

/** Whether there is room for the queue and the card beside each other. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(WIDE);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(WIDE).matches,
  );
}
