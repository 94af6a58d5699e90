/** The exact sum of two amounts of US dollars as decimal strings; null (unknown) stays unknown. Floats would lose the last digits. */
export function addCost(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  const digits = Math.max(places(one), places(other));
  const sum = scaled(one, digits) + scaled(other, digits);
  return shown(sum, digits);
}

/** How much more the second is, as a decimal string with its sign; null where one is unknown. */
export function costDifference(before: string | null, after: string | null): string | null {
  return before === null ? null : addCost(after, before.startsWith("-") ? before.slice(1) : `-${before}`);
}

function places(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

function scaled(amount: string, digits: number): bigint {
  const [whole = "0", rest = ""] = amount.split(".");
  return BigInt(`${whole}${rest.padEnd(digits, "0")}`);
}

function shown(amount: bigint, digits: number): string {
  const sign = amount < 0n ? "-" : "";
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, "0");
  const cut = text.length - digits;
  const rest = text.slice(cut).replace(/0+$/, "");
  return `${sign}${text.slice(0, cut)}${rest === "" ? "" : `.${rest}`}`;
}
