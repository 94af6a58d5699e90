import { useSyncExternalStore } from "react";

/** One clock for all that shows how long ago something was: it ticks once a second while somebody looks, and asks no server. */
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.visibilityState === "hidden") return;
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(tick, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Milliseconds since 1970. With `every`, rounded down to so many: who shows minutes is drawn once a minute. */
export function useNow(every = 1_000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(now / every) * every);
}
