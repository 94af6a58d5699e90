/** The periods that are offered: durations back from now. */
export const PERIODS = [
  { since: "24h", label: "24 h", title: "24 hours" },
  { since: "7d", label: "7 d", title: "7 days" },
  { since: "30d", label: "30 d", title: "30 days" },
  { since: "90d", label: "90 d", title: "90 days" },
] as const;

export const USUAL = "7d";
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const UNITS: Record<string, [string, number]> = {
  s: ["second", 1_000],
  m: ["minute", 60_000],
  min: ["minute", 60_000],
  h: ["hour", 3_600_000],
  d: ["day", DAY_MS],
  w: ["week", 7 * DAY_MS],
};

/** A moment of an address as the API reads it: a day of the calendar (`2026-11-16`) begins at midnight UTC, a duration stays one. */
export function moment(text: string): string {
  return DAY.test(text) ? `${text}T00:00:00Z` : text;
}

/** "last 7 days", "Nov 17", "Nov 16 to Nov 22", "since Nov 16". */
export function spoken(since: string, until?: string): string {
  if (until === undefined) {
    const back = duration(since);
    return back === null ? `since ${day(since)}` : `last ${back.amount === 1 ? back.unit : `${back.amount} ${back.unit}s`}`;
  }
  if (!DAY.test(since) || !DAY.test(until)) return `${day(since)} to ${day(until)}`;
  const last = dayAfter(until, -1);
  return last === since ? day(since) : `${day(since)} to ${day(last)}`;
}

/** What it is compared with: "the week before". */
export function timeBefore(since: string, until?: string): string {
  const back = until === undefined ? duration(since) : between(since, until);
  if (back === null) return "as long a time before";
  if (back.unit === "hour" && back.amount === 24) return "the day before";
  if (back.unit === "day" && back.amount === 7) return "the week before";
  return back.amount === 1 ? `the ${back.unit} before` : `the ${back.amount} ${back.unit}s before`;
}

/** The day that many days later: `dayAfter("2026-11-30", 1)` is "2026-12-01". */
export function dayAfter(text: string, days: number): string {
  return new Date(Date.parse(`${text}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first and the last day, in UTC, that such a period touches. */
export function daysOf(since: string, until: string | undefined, now: number): { first: string; last: string } {
  const first = instant(since, now);
  const last = until === undefined ? now : instant(until, now) - 1;
  return { first: new Date(first).toISOString().slice(0, 10), last: new Date(last).toISOString().slice(0, 10) };
}

function instant(text: string, now: number): number {
  const back = duration(text);
  if (back !== null) return now - back.ms;
  const found = Date.parse(moment(text));
  return Number.isNaN(found) ? now : found;
}

function duration(text: string): { amount: number; unit: string; ms: number } | null {
  const found = /^(\d+)\s*([a-z]+)$/.exec(text);
  const unit = UNITS[found?.[2] ?? ""];
  if (found === null || unit === undefined) return null;
  return { amount: Number(found[1]), unit: unit[0], ms: Number(found[1]) * unit[1] };
}

function between(since: string, until: string): { amount: number; unit: string } | null {
  const days = (Date.parse(moment(until)) - Date.parse(moment(since))) / DAY_MS;
  return Number.isInteger(days) && days > 0 ? { amount: days, unit: "day" } : null;
}

function day(text: string): string {
  const at = Date.parse(moment(text));
  if (Number.isNaN(at)) return text;
  return DAY.test(text) ? SHORT.format(at) : MOMENT.format(at);
}
