import { isRecord } from "../ui/json_shape";

/** Arguments that a person looks for first. */
const FIRST = /^(amount|total|sum|price|raise_by|value)$/i;
const PARTS_MAX = 4;
const PART_CHARACTERS_MAX = 40;

/** The arguments of a call in one line, the amount first: "amount 420 · order_id ORD-9218". */
export function summary(args: Record<string, unknown>): string {
  const entries = Object.entries(args).filter(([, value]) => value !== null && value !== "");
  const ordered = [...entries.filter(([name]) => FIRST.test(name)), ...entries.filter(([name]) => !FIRST.test(name))];
  const shown = ordered.slice(0, PARTS_MAX).map(([name, value]) => `${name} ${brief(value)}`);
  const left = ordered.length - shown.length;
  return [...shown, ...(left > 0 ? [`${left} more`] : [])].join(" · ");
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return listed(value);
  if (isRecord(value)) return `{${cut(Object.keys(value).join(", "))}}`;
  return cut(String(value).replaceAll(/\s+/g, " "));
}

function listed(value: readonly unknown[]): string {
  const [first] = value;
  if (value.length === 0) return "none";
  if (typeof first === "object") return value.length === 1 ? brief(first) : `${value.length} items`;
  return value.length === 1 ? brief(first) : `${brief(first)} and ${value.length - 1} more`;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length > PART_CHARACTERS_MAX ? `${characters.slice(0, PART_CHARACTERS_MAX - 1).join("")}…` : text;
}
