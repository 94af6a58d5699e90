import { useSyncExternalStore } from "react";
import { type Frame, text } from "../live/frame";
import { onFrames } from "../live/start";
import { isOwnMove } from "./acts";

/** Who moved a card a moment ago, from where and to where: it is outlined for two seconds. */
export type Touch = { by: string; from: string; to: string };

const SHOWN_MS = 2_000;
const touched = new Map<string, Touch>();
const listeners = new Map<string, Set<() => void>>();
const hearers = new Set<(key: string, touch: Touch) => void>();

export function useTouch(key: string): Touch | undefined {
  return useSyncExternalStore(
    (listener) => {
      const heard = listeners.get(key) ?? new Set();
      listeners.set(key, heard.add(listener));
      return () => {
        heard.delete(listener);
        if (heard.size === 0) listeners.delete(key);
      };
    },
    () => touched.get(key),
  );
}

/** Called with each move that somebody else made. Returns what ends it. */
export function onTouch(hearer: (key: string, touch: Touch) => void): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

function touch(frame: Frame): void {
  const [key, by, from, to] = [text(frame, "task"), text(frame, "by"), text(frame, "from"), text(frame, "to")];
  if (key === undefined || by === undefined || from === undefined || to === undefined || from === to || isOwnMove(key)) return;
  const now: Touch = { by, from, to };
  touched.set(key, now);
  tell(key);
  for (const hearer of hearers) hearer(key, now);
  setTimeout(() => {
    if (touched.get(key) !== now) return;
    touched.delete(key);
    tell(key);
  }, SHOWN_MS);
}

function tell(key: string): void {
  for (const listener of listeners.get(key) ?? []) listener();
}

onFrames((frames) => {
  if (document.visibilityState === "hidden") return;
  for (const frame of frames) if (frame.name === "task.moved") touch(frame);
});
