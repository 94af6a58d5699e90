import { describe, expect, it } from "vitest";
import { amount, type Budget, fill, forEach, per, whose } from "./budget";

const budget = (given: Partial<Budget>) =>
  ({ scope: "tenant", subject: null, amount: "25", raised: "0", used: "0", reserved: "0", fullest: "0", ...given }) as Budget;

describe("a budget", () => {
  it("says whose calls it counts", () => {
    expect(whose({ scope: "tenant", subject: null })).toBe("everything");
    expect(whose({ scope: "agent", subject: "atlas" })).toBe("the agent atlas");
    expect(whose({ scope: "task", subject: null })).toBe("each task");
    expect(whose({ scope: "run", subject: "order.process_order" })).toBe("each run of order.process_order");
    expect(forEach({ scope: "run", subject: "order.process_order" })).toBe(true);
    expect(forEach({ scope: "agent", subject: "atlas" })).toBe(false);
    expect([per("day"), per("month"), per("total")]).toEqual(["per day", "per month", "in all"]);
  });

  it("is measured in money, tokens or calls", () => {
    expect(amount("18.4031", "usd")).toBe("$18.40");
    expect(amount("450000", "tokens")).toBe("450K tokens");
    expect(amount("1", "calls")).toBe("1 call");
  });

  it("is as full as what is used and held, of what it has and was raised by", () => {
    expect(fill(budget({ used: "15", reserved: "3", raised: "5" }))).toEqual({ used: 0.5, reserved: 0.1 });
    expect(fill(budget({ used: "24", reserved: "6" }))).toEqual({ used: 0.96, reserved: 1 - 0.96 });
    expect(fill(budget({ used: "40" }))).toEqual({ used: 1, reserved: 0 });
  });

  it("for each by itself is as full as the fullest of them", () => {
    expect(fill(budget({ scope: "run", used: "40", fullest: "0.7" }))).toEqual({ used: 0.7, reserved: 0 });
  });
});
