/**
 * Money as the API gives it: decimal strings of any length, added and compared exactly. Binary fractions would lose the last digit of a
 * sum, and a sum has to be that of its parts.
 */
type Scaled = { digits: bigint; scale: number };

const FORM = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Whether this text is an amount: "12", "0.0421". */
export function isDecimal(text: string): boolean {
  return FORM.test(text);
}

/** The exact sum, as short as it can be written: `sum(["0.1", "0.25"])` is "0.35", of nothing it is "0". */
export function sum(amounts: readonly string[]): string {
  const read = amounts.map(scaled);
  const scale = Math.max(0, ...read.map((one) => one.scale));
  return written({ digits: read.reduce((all, one) => all + raised(one, scale), 0n), scale });
}

/** What is left of the first when the second is taken away. */
export function difference(first: string, second: string): string {
  return sum([first, second.startsWith("-") ? second.slice(1) : `-${second.replace(/^\+/, "")}`]);
}

/** Below 0, 0 or above 0, as sorting wants it. */
export function compare(first: string, second: string): number {
  const rest = scaled(difference(first, second)).digits;
  return rest === 0n ? 0 : rest < 0n ? -1 : 1;
}

/** A part of an amount, to so many decimals and rounded half up: `divided("1", 3, 4)` is "0.3333". Null where there is nothing to divide by. */
export function divided(amount: string, parts: number | string, decimals: number): string | null {
  const above = scaled(amount);
  const below = scaled(String(parts));
  if (below.digits === 0n) return null;
  const doubled = 2n * above.digits * 10n ** BigInt(decimals + below.scale);
  const by = below.digits * 10n ** BigInt(above.scale);
  const negative = doubled < 0n !== by < 0n;
  const size = (magnitude(doubled) + magnitude(by)) / (2n * magnitude(by));
  return written({ digits: negative ? -size : size, scale: decimals });
}

/** How much of the whole it is, from 0 to 1, for drawing. What is more than the whole is 1. */
export function share(part: string, whole: string): number {
  const found = divided(part, whole, 6);
  return found === null ? 0 : Math.min(1, Math.max(0, Number(found)));
}

function scaled(text: string): Scaled {
  const found = FORM.exec(text);
  if (found === null) throw new RangeError(`${JSON.stringify(text)} is no decimal amount`);
  const [, sign, whole = "", rest = ""] = found;
  const size = BigInt(whole + rest);
  return { digits: sign === "-" ? -size : size, scale: rest.length };
}

function raised({ digits, scale }: Scaled, to: number): bigint {
  return digits * 10n ** BigInt(to - scale);
}

function written({ digits, scale }: Scaled): string {
  const sign = digits < 0n ? "-" : "";
  const text = magnitude(digits)
    .toString()
    .padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const rest = text.slice(text.length - scale).replace(/0+$/, "");
  return `${sign}${whole}${rest === "" ? "" : `.${rest}`}`;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
