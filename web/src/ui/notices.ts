import { useSyncExternalStore } from "react";

/** Something that a person has to know though they look elsewhere: an act that did not work, somebody who was faster. Never a success. */
export type Notice = { id: number; text: string; requestId: string | null };

let notices: readonly Notice[] = [];
let next = 1;
const listeners = new Set<() => void>();
const SHOWN_MAX = 3;

export function notify(text: string, requestId: string | null = null): void {
  notices = [...notices, { id: next++, text, requestId }].slice(-SHOWN_MAX);
  for (const listener of listeners) listener();
}

export function dismiss(id: number): void {
  notices = notices.filter((one) => one.id !== id);
  for (const listener of listeners) listener();
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
}
