export type SnoozeTime = { label: string; until: Date };

/** Times until which something can be put off, by the reader's clock. What has passed today is not offered. */
export function snoozeTimes(now: Date): SnoozeTime[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  const evening = at(0, 18);
  return [
    { label: "In an hour", until: new Date(now.getTime() + 3_600_000) },
    ...(evening.getTime() - now.getTime() > 3_600_000 ? [{ label: "This evening", until: evening }] : []),
    { label: "Tomorrow morning", until: at(1, 8) },
    ...(untilMonday > 1 ? [{ label: "Monday morning", until: at(untilMonday, 8) }] : []),
    { label: "In a week", until: at(7, 8) },
  ];
}
