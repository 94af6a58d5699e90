import { useEffect, useState } from "react";

const LOOK_MS = 1_500;

/** Whether a value has changed under the reader's eyes a moment ago. What they are about to press was meant for what was there before. */
export function useJustChanged(value: string): boolean {
  const [held, setHeld] = useState({ value, changed: false });
  if (held.value !== value) setHeld({ value, changed: true });
  const { changed } = held;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change has its own time
  useEffect(() => {
    if (!changed) return;
    const timer = setTimeout(() => setHeld((now) => ({ ...now, changed: false })), LOOK_MS);
    return () => clearTimeout(timer);
  }, [changed, value]);
  return changed;
}
