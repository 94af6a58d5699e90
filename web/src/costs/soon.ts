/** How long after the first asking, and at most how often after that, in milliseconds. */
type Pace = { first: number; every: number };

/**
 * Do something a moment after it was asked for, and however often it is asked for, no oftener than the pace allows: a hundred model calls a
 * second are one look at what they cost.
 */
export function soon(act: () => void, { first, every }: Pace, now: () => number = Date.now): () => void {
  let due: ReturnType<typeof setTimeout> | undefined;
  let before = Number.NEGATIVE_INFINITY;
  return () => {
    if (due !== undefined) return;
    due = setTimeout(
      () => {
        due = undefined;
        before = now();
        act();
      },
      Math.max(first, before + every - now()),
    );
  };
}
