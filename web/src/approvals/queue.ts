import type { Approval } from "./approval";

/**
 * The queue as its reader sees it: nothing moves under their eyes. What is new comes in below, what somebody else has decided stays where it
 * was and says so, until the reader goes on to another one.
 */
export type Queue = { rows: readonly Approval[]; arrived: ReadonlySet<string> };

export const EMPTY: Queue = { rows: [], arrived: new Set() };

/** Take a fresh answer of the server's. `open` is the one that is being read. */
export function follow(queue: Queue, fresh: readonly Approval[], open: string | undefined): Queue {
  const byId = new Map(fresh.map((one) => [one.id, one]));
  const held = new Set(queue.rows.map((one) => one.id));
  const stayed = queue.rows.flatMap((row) => {
    const now = byId.get(row.id);
    if (now !== undefined) return [now];
    return row.id === open || isOver(row) ? [row] : [];
  });
  const added = fresh.filter((one) => !held.has(one.id) && !isOver(one));
  if (queue.rows.length === 0) return { rows: added, arrived: queue.arrived };
  return { rows: [...stayed, ...added], arrived: new Set([...queue.arrived, ...added.map((one) => one.id)]) };
}

/** The reader went on to `open`: what no longer waits leaves. */
export function moveOn(queue: Queue, open: string | undefined, waits: (approval: Approval) => boolean): Queue {
  const rows = queue.rows.filter((row) => row.id === open || waits(row));
  return rows.length === queue.rows.length ? queue : { ...queue, rows };
}

/** Which one comes after this one has been decided: the next that waits, else the last before it. */
export function nextOf(rows: readonly Approval[], id: string, waits: (approval: Approval) => boolean): Approval | undefined {
  const place = rows.findIndex((row) => row.id === id);
  return rows.slice(place + 1).find(waits) ?? rows.slice(0, Math.max(place, 0)).findLast(waits);
}

function isOver(approval: Approval): boolean {
  return approval.state !== "pending";
}
