/** Frames of one act come together, or nearly so. */
const FIRST_MS = 16;

/** What has been asked for, by name, since it was done last; null where it only rests. */
const asked = new Map<string, (() => void) | null>();

/**
 * Do something at once, and then no oftener than every `ms`, however often it is asked for under that name: what happens once is seen at once,
 * and a burst of frames is a few requests.
 *
 *     soon("queue", () => client.invalidateQueries({ queryKey: ["queue"] }));
 */
export function soon(name: string, act: () => void, ms = 300): void {
  if (!asked.has(name)) setTimeout(() => go(name, ms), FIRST_MS);
  asked.set(name, act);
}

function go(name: string, ms: number): void {
  const act = asked.get(name);
  if (!act) {
    asked.delete(name);
    return;
  }
  asked.set(name, null);
  setTimeout(() => go(name, ms), ms);
  act();
}
