const waiting = new Map<string, ReturnType<typeof setTimeout>>();

/**
 * Do something a moment from now, once for all that ask for it meanwhile under the same name: a burst of frames is one request.
 *
 *     soon("queue", () => client.invalidateQueries({ queryKey: ["queue"] }));
 */
export function soon(name: string, act: () => void, ms = 300): void {
  if (waiting.has(name)) return;
  waiting.set(
    name,
    setTimeout(() => {
      waiting.delete(name);
      act();
    }, ms),
  );
}
