/** A duration for people: "12 ms", "1.4 s", "3 min 12 s", "4 h 12 min", "3 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1) return "0 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, "h", minutes % 60, "min");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long ago or how far ahead, in one unit: "41 s ago", "in 23 h", "just now". */
export function relative(when: string, now: number): string {
  const ms = new Date(when).getTime() - now;
  const size = Math.abs(ms);
  if (size < 5_000) return "just now";
  const [amount, unit] =
    size < 60_000
      ? [size / 1_000, "s"]
      : size < 3_600_000
        ? [size / 60_000, "min"]
        : size < 86_400_000
          ? [size / 3_600_000, "h"]
          : [size / 86_400_000, "d"];
  const shown = `${Math.floor(amount)} ${unit}`;
  return ms > 0 ? `in ${shown}` : `${shown} ago`;
}
