import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, difference, divided, isDecimal, share, sum } from "./decimal";

/** Amounts as the API writes them, with what they are in millionths of a millionth. */
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => {
    const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
    const text = scale === 0 ? size : `${size.slice(0, -scale)}.${size.slice(-scale)}`;
    return { text: digits < 0n ? `-${text}` : text, pico: digits * 10n ** BigInt(12 - scale) };
  });

function pico(text: string): bigint {
  const negative = text.startsWith("-");
  const [whole = "", rest = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + rest.padEnd(12, "0"));
  return negative ? -size : size;
}

describe("amounts", () => {
  it("are added to the last digit, where numbers would not be", () => {
    expect(sum(["0.1", "0.2"])).toBe("0.3");
    expect(sum(Array.from({ length: 1000 }, () => "0.001"))).toBe("1");
    expect(sum(["284.12", "0.00000015"])).toBe("284.12000015");
    expect(sum([])).toBe("0");
  });

  it("have the sum of their parts, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 30 }), (amounts) => {
        const texts = amounts.map((one) => one.text);
        const whole = sum(texts);
        expect(pico(whole)).toBe(amounts.reduce((all, one) => all + one.pico, 0n));
        expect(sum([...texts].reverse())).toBe(whole);
        expect(sum([sum(texts.slice(0, 7)), sum(texts.slice(7))])).toBe(whole);
      }),
    );
  });

  it("are as short as they can be written", () => {
    fc.assert(
      fc.property(amount, ({ text }) => {
        expect(sum([text])).toMatch(/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/);
      }),
    );
  });

  it("taken away again leave what was there", () => {
    fc.assert(
      fc.property(amount, amount, (one, other) => {
        expect(sum([difference(one.text, other.text), other.text])).toBe(sum([one.text]));
        expect(Math.sign(compare(one.text, other.text))).toBe(one.pico === other.pico ? 0 : one.pico < other.pico ? -1 : 1);
      }),
    );
  });

  it("divided are never off by more than half of the last decimal", () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 10_000 }), (one, parts) => {
        const found = pico(divided(one.text, parts, 6) as string);
        const off = found * BigInt(parts) - one.pico;
        expect((off < 0n ? -off : off) * 2n).toBeLessThanOrEqual(BigInt(parts) * 10n ** 6n);
      }),
    );
    expect(divided("1", 0, 2)).toBeNull();
    expect(divided("-1", 3, 2)).toBe("-0.33");
  });

  it("say how much of a whole they are", () => {
    expect(share("1", "4")).toBe(0.25);
    expect(share("5", "4")).toBe(1);
    expect(share("5", "0")).toBe(0);
  });

  it("are refused where they are none, instead of taken for 0", () => {
    for (const text of ["", "1e-7", "NaN", "1.", ".5", "1,000"]) {
      expect(isDecimal(text)).toBe(false);
      expect(() => sum([text])).toThrow(RangeError);
    }
  });
});
