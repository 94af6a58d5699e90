import { useSyncExternalStore } from "react";

const FOLDED = "flowforge.sidebar";
const listeners = new Set<() => void>();

/** Whether the sidebar shows its pictures alone; kept in this browser. */
export function useFolded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(FOLDED) === "folded",
  );
}

export function toggleFolded(): void {
  if (localStorage.getItem(FOLDED) === "folded") localStorage.removeItem(FOLDED);
  else localStorage.setItem(FOLDED, "folded");
  for (const listener of listeners) listener();
}
