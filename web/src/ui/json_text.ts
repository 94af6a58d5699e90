import { Unparsed } from "./json_shape";

/** A number as it is typed. What is no number yet, or would be rounded, is `Unparsed`. */
export function numberOf(text: string, integer: boolean): number | Unparsed {
  const plain = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return new Unparsed(text, "This is not a number.");
  const value = Number(plain);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return new Unparsed(text, "This number is too large to be sent exactly.");
  if (integer && !Number.isInteger(value)) return new Unparsed(text, "This has to be a whole number.");
  return value;
}

/** An exact amount as it is typed: a text stays a text, and what is too long for a number becomes one. */
export function amountFrom(text: string, asText: boolean): number | string | Unparsed {
  const read = numberOf(text, false);
  if (asText || (read instanceof Unparsed && /^[+-]?\d+(\.\d+)?$/.test(text.trim()))) return text.trim();
  return read;
}

/** A moment (`2026-11-23T10:00:00Z`) as the browser's own field has it, in the reader's zone: `2026-11-23T11:00:00`. */
export function localMoment(moment: string): string {
  const at = new Date(moment);
  if (moment === "" || Number.isNaN(at.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const year = String(at.getFullYear()).padStart(4, "0");
  return `${year}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The other way round; what is not whole yet is nothing. */
export function momentOfLocal(local: string): string {
  const at = new Date(local);
  return local === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString().replace(/\.000Z$/, "Z");
}
