import { describe, expect, it } from "vitest";
import { dayAfter, daysOf, moment, spoken, timeBefore } from "./period";

const NOW = Date.parse("2026-11-23T09:30:00Z");

describe("a period of an address", () => {
  it("is asked for as the API reads it", () => {
    expect(moment("7d")).toBe("7d");
    expect(moment("2026-11-16")).toBe("2026-11-16T00:00:00Z");
    expect(moment("2026-11-16T08:00:00Z")).toBe("2026-11-16T08:00:00Z");
  });

  it("is said in words", () => {
    expect(spoken("7d")).toBe("last 7 days");
    expect(spoken("1d")).toBe("last day");
    expect(spoken("24h")).toBe("last 24 hours");
    expect(spoken("2026-11-17", "2026-11-18")).toMatch(/^(Nov 17|17 Nov)$/);
    expect(spoken("2026-11-16", "2026-11-23")).toMatch(/16.* to .*22/);
    expect(spoken("2026-11-16")).toMatch(/^since .*16/);
    expect(spoken("whatever")).toBe("since whatever");
  });

  it("names what it is compared with", () => {
    expect(timeBefore("7d")).toBe("the week before");
    expect(timeBefore("24h")).toBe("the day before");
    expect(timeBefore("30d")).toBe("the 30 days before");
    expect(timeBefore("2026-11-17", "2026-11-18")).toBe("the day before");
    expect(timeBefore("2026-11-16", "2026-11-23")).toBe("the week before");
    expect(timeBefore("2026-11-16")).toBe("as long a time before");
  });

  it("touches days of the calendar in UTC", () => {
    expect(daysOf("7d", undefined, NOW)).toEqual({ first: "2026-11-16", last: "2026-11-23" });
    expect(daysOf("2026-11-16", "2026-11-23", NOW)).toEqual({ first: "2026-11-16", last: "2026-11-22" });
    expect(dayAfter("2026-12-31", 1)).toBe("2027-01-01");
  });
});
