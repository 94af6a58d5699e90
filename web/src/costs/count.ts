const EXACT = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** A number of calls or tokens, whole: "2,481,004". */
export function whole(count: number): string {
  return EXACT.format(count);
}

/** The same in few signs: "9,120", "2.5M". */
export function brief(count: number): string {
  return count < 10_000 ? EXACT.format(count) : SHORT.format(count);
}

/** "1 call", "12 calls". */
export function calls(count: number): string {
  return `${whole(count)} ${count === 1 ? "call" : "calls"}`;
}

/** A change as people say it: "−18 %", "+0.4 %", "× 68"; null where it rounds to nothing. */
export function change(percent: number): string | null {
  if (percent >= 1_000) return `× ${EXACT.format(Math.round(1 + percent / 100))}`;
  const size = Math.abs(percent);
  const shown = size >= 10 ? EXACT.format(Math.round(size)) : size.toFixed(1).replace(/\.0$/, "");
  return shown === "0" ? null : `${percent < 0 ? "−" : "+"}${shown} %`;
}
