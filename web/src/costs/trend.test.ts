import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schema } from "../api/client";
import { sum } from "./decimal";
import { mondayBefore, scaleTop, weeksUpTo } from "./trend";

function row(key: string, cost: string | null, calls = 1): Schema<"GroupOut"> {
  return { key, cost, calls, unpriced: cost === null ? calls : 0 } as Schema<"GroupOut">;
}

describe("the weeks of a trend", () => {
  it("begin on Mondays, and the last one ends with today", () => {
    expect(mondayBefore("2026-11-23", 1)).toBe("2026-11-23");
    expect(mondayBefore("2026-11-29", 1)).toBe("2026-11-23");
    expect(mondayBefore("2026-11-25", 8)).toBe("2026-10-05");
    const weeks = weeksUpTo("2026-11-25", 8, []);
    expect(weeks).toHaveLength(8);
    expect(weeks.at(-1)?.days.map((day) => day.begin)).toEqual(["2026-11-23", "2026-11-24", "2026-11-25"]);
    expect(weeks[0]?.days).toHaveLength(7);
  });

  it("cost what their days cost, to the last digit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 55 }), fc.integer({ min: 0, max: 10 ** 9 })), { maxLength: 56 }),
        (found) => {
          const days = new Map(
            found.map(([back, millionths]) => [
              new Date(Date.parse("2026-11-25T00:00:00Z") - back * 86_400_000).toISOString().slice(0, 10),
              (millionths / 10 ** 6).toFixed(6),
            ]),
          );
          const weeks = weeksUpTo(
            "2026-11-25",
            9,
            [...days].map(([day, cost]) => row(day, cost)),
          );
          expect(sum(weeks.map((week) => week.cost ?? "0"))).toBe(sum([...days.values()]));
        },
      ),
    );
  });

  it("know what has no price from what cost nothing", () => {
    const [week] = weeksUpTo("2026-11-24", 1, [row("2026-11-23", null, 3)]);
    expect(week?.days.map((day) => day.cost)).toEqual([null, "0"]);
    expect(week?.unpriced).toBe(3);
    expect(week?.cost).toBe("0");
    expect(weeksUpTo("2026-11-23", 1, [row("2026-11-23", null)])[0]?.cost).toBeNull();
  });

  it("stand on a scale that nothing is above", () => {
    const top = (cost: string) => scaleTop([{ begin: "", cost, calls: 1, unpriced: 0 }]);
    expect(top("0")).toBe(1);
    expect(top("4.1")).toBe(5);
    expect(top("0.0012")).toBeCloseTo(0.002);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (cents) => top((cents / 100).toFixed(2)) * (1 + 1e-9) >= cents / 100),
    );
  });
});
