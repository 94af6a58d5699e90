import { duration as exact } from "../ui/duration";

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** A stretch of time as code declares it (`"10s"`, `"1h30m"`, or a number of seconds), for people; what cannot be read stays as it is. */
export function span(declared: unknown): string {
  if (typeof declared === "number") return duration(declared * 1_000);
  const written = String(declared);
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== written.replaceAll(" ", "")) return written;
  return duration(parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? "s"] ?? 0), 0));
}

/** What somebody wrote in code is no measurement: "2 s", not "2.0 s". */
function duration(ms: number): string {
  return exact(ms).replace(".0 s", " s");
}

/** The same for "every …": `1 s` is "second", `1 min` is "minute". */
export function every(declared: unknown): string {
  const said = span(declared);
  const one: Record<string, string> = { "1 s": "second", "1 min": "minute", "1 h": "hour", "1 d": "day" };
  return one[said] ?? said;
}
