/**
 * One thing that happened, as a stream tells it. Ids grow; `hello`, `reset`, `lagged` and `message.snapshot` have none. `data.at` is when it was
 * stored.
 */
export type Frame = { id: number | null; name: string; data: Record<string, unknown> };

/** A text in a frame, or undefined: `text(frame, "run")`. */
export function text(frame: Frame, field: string): string | undefined {
  const value = frame.data[field];
  return typeof value === "string" ? value : undefined;
}

/** A number in a frame, or undefined. */
export function number(frame: Frame, field: string): number | undefined {
  const value = frame.data[field];
  return typeof value === "number" ? value : undefined;
}

/** When it happened, in milliseconds since 1970; null where the frame does not say. */
export function moment(frame: Frame): number | null {
  const at = text(frame, "at");
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? null : ms;
}

/** The family of a frame's name: `task` of `task.moved`. */
export function family(frame: Frame): string {
  return frame.name.split(".", 1)[0] ?? frame.name;
}
