/** How long a button or its key is held until it counts. */
export const HOLD_MS = 600;
/** How long "press again" is offered to who cannot hold. */
export const ARMED_MS = 6_000;
/** A second press within this is a double click or a key that bounced, not a decision. */
export const BOUNCE_MS = 400;

/**
 * A press that has to be meant. Holding for HOLD_MS counts; a short press arms, and a second press after it counts: that one is for who
 * cannot hold.
 */
export type Hold = { kind: "idle" } | { kind: "holding"; since: number } | { kind: "armed"; since: number };
export type Act = { kind: "press" | "release" | "tick" | "leave"; at: number };

export const IDLE: Hold = { kind: "idle" };

/** What comes next, and whether it is confirmed by it. */
export function step(hold: Hold, act: Act): { hold: Hold; confirmed: boolean } {
  const stays = { hold, confirmed: false };
  if (act.kind === "leave") return { hold: IDLE, confirmed: false };
  switch (hold.kind) {
    case "idle":
      return act.kind === "press" ? { hold: { kind: "holding", since: act.at }, confirmed: false } : stays;
    case "holding":
      if (act.kind === "press") return stays;
      if (act.at - hold.since >= HOLD_MS) return { hold: IDLE, confirmed: true };
      return act.kind === "release" ? { hold: { kind: "armed", since: act.at }, confirmed: false } : stays;
    default:
      if (act.at - hold.since >= ARMED_MS) return step(IDLE, act);
      if (act.kind !== "press" || act.at - hold.since < BOUNCE_MS) return stays;
      return { hold: IDLE, confirmed: true };
  }
}

/** How much of the time is over, from 0 to 1. */
export function held(hold: Hold, now: number): number {
  return hold.kind === "holding" ? Math.min(1, Math.max(0, (now - hold.since) / HOLD_MS)) : 0;
}
