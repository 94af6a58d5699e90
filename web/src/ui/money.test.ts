import fc from "fast-check";
import { expect, test } from "vitest";
import { money } from "./money";

test.each([
  ["0", "$0.00"],
  ["0.0421", "$0.04"],
  ["1234.5", "$1,234.50"],
  ["0.0021", "$0.0021"],
  ["0.00003", "<$0.0001"],
  ["-0.5", "−$0.50"],
  [null, "unpriced"],
  [undefined, "unpriced"],
])("%s is shown as %s", (amount, shown) => {
  expect(money(amount)).toBe(shown);
});

test("no amount is ever shown in powers of ten, or as nothing when it is something", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1e9, noNaN: true }), (amount) => {
      const shown = money(amount);
      expect(shown).not.toMatch(/e/);
      expect(shown).not.toBe("$0.00");
    }),
  );
});
