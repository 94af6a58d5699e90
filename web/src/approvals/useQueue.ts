import { useState } from "react";
import type { Approval } from "./approval";
import { EMPTY, follow, moveOn, type Queue } from "./queue";

/** The rows of the queue as they are shown: see `queue`. Undefined until the first answer is in. */
export function useQueue(
  fresh: readonly Approval[] | undefined,
  open: string | undefined,
  waits: (approval: Approval) => boolean,
): Queue | undefined {
  const [held, setHeld] = useState<{ queue: Queue; fresh: readonly Approval[] | undefined; open: string | undefined }>({
    queue: EMPTY,
    fresh: undefined,
    open,
  });
  if (fresh === undefined) return undefined;
  if (held.fresh === fresh && held.open === open) return held.queue;
  let queue = held.queue;
  if (held.fresh !== fresh) queue = follow(queue, fresh, open);
  if (held.open !== open) queue = moveOn(queue, open, waits);
  setHeld({ queue, fresh, open });
  return queue;
}
