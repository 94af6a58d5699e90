/** How long after the first asking, and at most how often after that, in milliseconds. */
export type Pace = { first: number; every: number };

/**
 * Do something a moment after it was asked for, or at once where `first` is 0, and however often it is asked for, no oftener than the pace
 * allows: a hundred model calls a second are one look at what they cost. What was asked for last is never lost.
 */
export function paced(act: () => void, { first, every }: Pace, now: () => number = Date.now): () => void {
  let due: ReturnType<typeof setTimeout> | undefined;
  let before = Number.NEGATIVE_INFINITY;
  const go = () => {
    due = undefined;
    before = now();
    act();
  };
  return () => {
    if (due !== undefined) return;
    const wait = Math.max(first, before + every - now());
    if (wait <= 0) go();
    else due = setTimeout(go, wait);
  };
}
