/** Stretches of time that a list can be narrowed to, as they stand in the address. */
export const SINCE = [
  { name: "15m", label: "last 15 minutes", ms: 15 * 60_000 },
  { name: "1h", label: "last hour", ms: 3_600_000 },
  { name: "24h", label: "last 24 hours", ms: 24 * 3_600_000 },
  { name: "7d", label: "last 7 days", ms: 7 * 24 * 3_600_000 },
] as const;

/** The moment that `24h` begins at: `sinceMoment("24h", Date.now())`. What is none of the list is no limit. */
export function sinceMoment(name: string | undefined, now: number): string | undefined {
  const found = SINCE.find((one) => one.name === name);
  return found === undefined ? undefined : new Date(now - found.ms).toISOString();
}
