import { useSyncExternalStore } from "react";
import type { ConnectionState } from "./connection";

/** What the chip in the corner tells. `held`: frames that wait because somebody paused. */
export type LiveState = { connection: ConnectionState; paused: boolean; held: number };

let state: LiveState = { connection: { kind: "connecting" }, paused: false, held: 0 };
const listeners = new Set<() => void>();

export function setLiveState(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}
