import { relative } from "../ui/duration";

/** When it is due, for people; `late` when that has passed. */
export function dueWords(dueAt: string, now: number): { words: string; late: boolean } {
  const late = new Date(dueAt).getTime() < now;
  return late
    ? { words: `due ${relative(dueAt, now)}`, late }
    : { words: `due ${relative(dueAt, now)}`.replace("just now", "now"), late };
}

/** A moment as the browser's field for date and time takes it, in the reader's zone; and back. */
export function toField(at: string | null): string {
  if (at === null) return "";
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(value: string): string | null {
  return value === "" ? null : new Date(value).toISOString();
}
