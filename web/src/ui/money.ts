/**
 * US dollars for people: two decimals from a cent up, four below, never in powers of ten. Null is unknown, which is not zero.
 *
 *     money("0.0421") // "$0.04"      money("0.00003") // "<$0.0001"      money(null) // "unpriced"
 */
export function money(amount: string | number | null | undefined): string {
  if (amount === null || amount === undefined) return "unpriced";
  const value = Number(amount);
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "$0.00";
  if (size < 0.0001) return `${sign}<$0.0001`;
  if (size < 0.01) return `${sign}$${size.toFixed(4)}`;
  return `${sign}$${size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
