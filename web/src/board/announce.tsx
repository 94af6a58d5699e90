import { useSyncExternalStore } from "react";

const PAUSE_MS = 1_500;
const WAITING_MAX = 4;

let said = "";
let waiting: string[] = [];
let busy = false;
const listeners = new Set<() => void>();

/** Say something to a screen reader: one after the other, and of a flurry only the latest. */
export function announce(text: string): void {
  waiting = [...waiting, text].slice(-WAITING_MAX);
  if (!busy) next();
}

function next(): void {
  const [first, ...rest] = waiting;
  busy = first !== undefined;
  if (first === undefined) return;
  waiting = rest;
  said = first;
  for (const listener of listeners) listener();
  setTimeout(next, PAUSE_MS);
}

/** Where it is said. Once on a page. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
  );
  return (
    <p className="visually-hidden" aria-live="polite">
      {text}
    </p>
  );
}
