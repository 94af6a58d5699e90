import type { Bar } from "./bars";
import type { Scale } from "./scale";

/** A slice of the whole run's time: what went on in it that people look for most, and how much of it there was, from 0 to 1. */
export type Slice = { look: Bar["look"] | "idle"; height: number };

const LOUDNESS: Record<Slice["look"], number> = {
  idle: 0,
  pause: 1,
  cached: 2,
  stopped: 3,
  wait: 4,
  done: 5,
  running: 6,
  needs: 7,
  failed: 8,
};

/** All bars of a run in so many slices of its axis, for the small picture above the timeline. */
export function slicesOf(bars: readonly Bar[], scale: Scale, count: number): Slice[] {
  const slices = Array.from({ length: count }, () => ({ look: "idle" as Slice["look"], busy: 0 }));
  const place = (moment: number) => Math.min(count - 1, Math.floor(scale.at(moment) * count));
  // How many go on at once is a running sum of begins and ends: thousands of bars cost no more than thousands of additions.
  const change = new Float64Array(count + 1);
  for (const bar of bars) {
    const [from, to] = [place(bar.from), place(bar.to)];
    if (bar.look !== "pause" && bar.look !== "wait") {
      change[from] = (change[from] ?? 0) + 1;
      change[to + 1] = (change[to + 1] ?? 0) - 1;
    }
    for (let index = from; index <= to; index++) {
      const slice = slices[index];
      if (slice !== undefined && LOUDNESS[bar.look] > LOUDNESS[slice.look]) slice.look = bar.look;
    }
  }
  let going = 0;
  let most = 1;
  slices.forEach((slice, index) => {
    going += change[index] ?? 0;
    slice.busy = going;
    most = Math.max(most, going);
  });
  const full = Math.log2(1 + most);
  return slices.map(({ look, busy }) => ({ look, height: look === "idle" ? 0 : Math.max(0.3, Math.log2(1 + busy) / full) }));
}
