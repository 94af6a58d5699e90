import type { Schema } from "../api/client";
import { compare, sum } from "./decimal";
import { dayAfter } from "./period";

/** What was spent on one day or in one week. `cost` is null where calls were made and none of them has a price. */
export type Spell = { begin: string; cost: string | null; calls: number; unpriced: number };
/** A week from Monday on, with its days up to today. */
export type Week = Spell & { days: Spell[] };

/** So many weeks up to the one of `today`, each with all of its days that have begun; what nobody spent is 0. */
export function weeksUpTo(today: string, count: number, rows: readonly Schema<"GroupOut">[]): Week[] {
  const found = new Map(rows.map((row) => [row.key, row]));
  const first = mondayBefore(today, count);
  return Array.from({ length: count }, (_, week) => {
    const begin = dayAfter(first, 7 * week);
    const days = Array.from({ length: 7 }, (_, day) => dayAfter(begin, day))
      .filter((day) => day <= today)
      .map((day) => spell(day, found.get(day)));
    return { ...together(begin, days), days };
  });
}

/** The Monday with which the last `count` weeks begin, the one of `today` among them. */
export function mondayBefore(today: string, count: number): string {
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7;
  return dayAfter(today, -weekday - 7 * (count - 1));
}

/** The amount at the top of the scale: the next of 1, 2, 5, 10 … that nothing is above. */
export function scaleTop(spells: readonly Spell[]): number {
  const largest = spells.reduce((held, one) => (one.cost !== null && compare(one.cost, held) > 0 ? one.cost : held), "0");
  const value = Number(largest);
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  // A hair more, because 3 × 0.1 is a little above 0.3.
  return [1, 2, 3, 5, 8, 10].map((step) => step * power).find((step) => step * (1 + 1e-9) >= value) ?? 10 * power;
}

function spell(day: string, row: Schema<"GroupOut"> | undefined): Spell {
  if (row === undefined || row.calls === 0) return { begin: day, cost: "0", calls: 0, unpriced: 0 };
  return { begin: day, cost: row.cost, calls: row.calls, unpriced: row.unpriced };
}

function together(begin: string, days: readonly Spell[]): Spell {
  const known = days.flatMap((day) => (day.cost === null ? [] : [day.cost]));
  return {
    begin,
    cost: known.length === 0 && days.length > 0 ? null : sum(known),
    calls: days.reduce((all, day) => all + day.calls, 0),
    unpriced: days.reduce((all, day) => all + day.unpriced, 0),
  };
}
