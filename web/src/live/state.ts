import { useSyncExternalStore } from "react";
import type { ConnectionState } from "./connection";

/** What the chip in the corner tells. `held`: frames that wait because somebody paused; `caughtUp`: those that were missed and came just now. */
export type LiveState = { connection: ConnectionState; paused: boolean; held: number; caughtUp: number };

const CAUGHT_UP_MS = 6_000;
let state: LiveState = { connection: { kind: "connecting" }, paused: false, held: 0, caughtUp: 0 };
let forget: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export function setLiveState(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

/** What had been missed is there: said for some seconds, added up while it comes in pieces. */
export function tellCaughtUp(count: number): void {
  setLiveState({ caughtUp: state.caughtUp + count });
  clearTimeout(forget);
  forget = setTimeout(() => setLiveState({ caughtUp: 0 }), CAUGHT_UP_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}
