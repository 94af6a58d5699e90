import fc from "fast-check";
import { expect, test } from "vitest";
import { addCost, costDifference } from "./cost";

test("costs are summed to the last digit", () => {
  expect(addCost("0.1", "0.2")).toBe("0.3");
  expect(addCost("0", "0.0001725")).toBe("0.0001725");
  expect(addCost("12", "0.50")).toBe("12.5");
  expect(addCost("0", "0")).toBe("0");
});

test("what is not known stays unknown", () => {
  expect(addCost(null, "1")).toBeNull();
  expect(costDifference("1", null)).toBeNull();
});

test("a difference has a sign", () => {
  expect(costDifference("0.0421", "0.04")).toBe("-0.0021");
  expect(costDifference("0.04", "0.0421")).toBe("0.0021");
  expect(costDifference("0.04", "0.04")).toBe("0");
});

test("adding and taking away again is nothing", () => {
  const amount = fc
    .tuple(fc.nat(1_000_000), fc.nat(9_999_999))
    .map(([whole, rest]) => `${whole}.${String(rest).padStart(7, "0")}`);
  fc.assert(
    fc.property(amount, amount, (one, other) => {
      expect(costDifference(one, addCost(one, other))).toBe(addCost(other, "0"));
    }),
  );
});
