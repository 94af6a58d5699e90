import type { Remembered } from "./chain";

/** The heads that this browser has seen of a tenant's log: the first one ever, and the last. */
export type Memory = { oldest: Remembered; newest: Remembered };

/** What this browser has seen, or null. What it cannot read, it has not seen. */
export function recall(tenant: string): Memory | null {
  try {
    const held = JSON.parse(localStorage.getItem(place(tenant)) ?? "null") as Memory | null;
    return held !== null && isSeen(held.oldest) && isSeen(held.newest) ? held : null;
  } catch {
    return null;
  }
}

export function keep(tenant: string, memory: Memory): void {
  try {
    localStorage.setItem(place(tenant), JSON.stringify(memory));
  } catch {
    // A browser that keeps nothing checks each head alone.
  }
}

function isSeen(held: Remembered | undefined): boolean {
  return typeof held?.sent?.head === "string" && typeof held.sent.signature === "string" && typeof held.log === "string";
}

function place(tenant: string): string {
  return `flowforge.audit:${tenant}`;
}
