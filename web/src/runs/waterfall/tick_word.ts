/** A time after the begin, short enough for an axis: "200 ms", "1.5 s", "1:40", "2 h", "3 d". */
export function tickWord(ms: number): string {
  if (ms === 0) return "0 s";
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, "0")}`;
  if (ms < 86_400_000)
    return `${Math.floor(ms / 3_600_000)} h${ms % 3_600_000 ? ` ${Math.round((ms % 3_600_000) / 60_000)}` : ""}`;
  return `${Math.floor(ms / 86_400_000)} d${ms % 86_400_000 ? ` ${Math.round((ms % 86_400_000) / 3_600_000)} h` : ""}`;
}
