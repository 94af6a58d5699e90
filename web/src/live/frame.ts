/** One thing that happened, as a stream tells it. Ids grow; `hello`, `reset`, `lagged` and `message.snapshot` have none. */
export type Frame = { id: number | null; name: string; data: Record<string, unknown> };

/** A text in a frame, or undefined: `text(frame, "run")`. */
export function text(frame: Frame, field: string): string | undefined {
  const value = frame.data[field];
  return typeof value === "string" ? value : undefined;
}

/** The family of a frame's name: `task` of `task.moved`. */
export function family(frame: Frame): string {
  return frame.name.split(".", 1)[0] ?? frame.name;
}
