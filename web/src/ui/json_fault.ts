import type { Fault } from "../api/problem";
import { amountOf, isRecord, isScalar, type JsonSchema, resolve, Unparsed } from "./json_shape";

/**
 * What is wrong with a value, by JSON pointer, as far as a form can tell before the server is asked: what is missing, of the wrong kind, out
 * of its limits, or not a value yet. The server checks the whole schema and has the last word.
 */
export function faultsOf(schema: JsonSchema, value: unknown): Fault[] {
  const faults: Fault[] = [];
  look(schema, value, "", schema, faults);
  return faults;
}

/** A step further into a value: `/lines` and `0` are `/lines/0`. */
export function pointTo(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The faults that are said at a place. A place whose inside is not drawn (`deep`) says those of its inside too. */
export function saidAt(faults: readonly Fault[], pointer: string, deep: boolean): string | undefined {
  const here = faults.filter((one) => one.pointer === pointer || (deep && one.pointer?.startsWith(`${pointer}/`)));
  if (here.length === 0) return undefined;
  const said = here.map((one) => (one.pointer === pointer ? one.detail : `${one.pointer?.slice(pointer.length)}: ${one.detail}`));
  return [...new Set(said)].join(" ");
}

function look(own: JsonSchema, value: unknown, pointer: string, root: JsonSchema, faults: Fault[]): void {
  const fault = (detail: string) => faults.push({ pointer, detail });
  if (value instanceof Unparsed) return void fault(value.why);
  const { schema, nullable } = resolve(own, root);
  if (value === null && (nullable || schema.type === undefined)) return;
  const amount = amountOf(schema);
  if (amount !== undefined)
    return look(typeof value === "string" ? amount.asText : amount.asNumber, value, pointer, root, faults);
  if (Array.isArray(schema.anyOf)) return; // which of them is meant is the server's to say
  if (Array.isArray(schema.enum) && schema.enum.every(isScalar) && !schema.enum.includes(value as never))
    return void fault("Choose one of the list.");
  const wrong = wrongKind(schema.type, value);
  if (wrong !== undefined) return void fault(wrong);
  for (const detail of limits(schema, value)) fault(detail);
  if (Array.isArray(value)) {
    const items = isRecord(schema.items) ? schema.items : {};
    value.forEach((item, index) => {
      look(items, item, pointTo(pointer, index), root, faults);
    });
  } else if (isRecord(value)) lookInside(schema, value, pointer, root, faults);
}

function lookInside(
  schema: JsonSchema,
  value: Record<string, unknown>,
  pointer: string,
  root: JsonSchema,
  faults: Fault[],
): void {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  for (const name of Array.isArray(schema.required) ? (schema.required as string[]) : [])
    if (!Object.hasOwn(value, name) || value[name] === undefined)
      faults.push({ pointer: pointTo(pointer, name), detail: "This is needed." });
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known === undefined && schema.additionalProperties === false)
      faults.push({ pointer: pointTo(pointer, name), detail: "This is not known here." });
    else look(isRecord(known) ? known : {}, inner, pointTo(pointer, name), root, faults);
  }
}

function wrongKind(type: unknown, value: unknown): string | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? undefined : "This has to be a text.";
    case "number":
      return typeof value === "number" ? undefined : "This has to be a number.";
    case "integer":
      return Number.isInteger(value) ? undefined : "This has to be a whole number.";
    case "boolean":
      return typeof value === "boolean" ? undefined : "This has to be yes or no.";
    case "array":
      return Array.isArray(value) ? undefined : "This has to be a list.";
    case "object":
      return isRecord(value) ? undefined : "This has to be an object.";
    default:
      return undefined;
  }
}

function limits(schema: JsonSchema, value: unknown): string[] {
  if (typeof value === "number") return numberLimits(schema, value);
  if (typeof value === "string") return textLimits(schema, value);
  if (!Array.isArray(value)) return [];
  return [
    ...beyond(
      schema.minItems,
      (limit) => value.length < limit,
      (limit) => `At least ${limit} are needed.`,
    ),
    ...beyond(
      schema.maxItems,
      (limit) => value.length > limit,
      (limit) => `At most ${limit} are allowed.`,
    ),
  ];
}

function numberLimits(schema: JsonSchema, value: number): string[] {
  return [
    ...beyond(
      schema.minimum,
      (limit) => value < limit,
      (limit) => `At least ${limit}.`,
    ),
    ...beyond(
      schema.maximum,
      (limit) => value > limit,
      (limit) => `At most ${limit}.`,
    ),
    ...beyond(
      schema.exclusiveMinimum,
      (limit) => value <= limit,
      (limit) => `More than ${limit}.`,
    ),
    ...beyond(
      schema.exclusiveMaximum,
      (limit) => value >= limit,
      (limit) => `Less than ${limit}.`,
    ),
  ];
}

function textLimits(schema: JsonSchema, value: string): string[] {
  // JSON Schema counts characters, not UTF-16 units: an emoji is one.
  const length = [...value].length;
  return [
    ...beyond(
      schema.minLength,
      (limit) => length < limit,
      (limit) => (limit === 1 ? "This is needed." : `At least ${limit} characters.`),
    ),
    ...beyond(
      schema.maxLength,
      (limit) => length > limit,
      (limit) => `At most ${limit} characters, it has ${length}.`,
    ),
    ...(schema.format === "email" && !/^[^@\s]+@[^@\s]+$/.test(value) ? ["This has to be an e-mail address."] : []),
    ...(schema.format === "date-time" && Number.isNaN(Date.parse(value)) ? ["This has to be a date with a time."] : []),
    ...(typeof schema.pattern === "string" && !matches(schema.pattern, value) ? [`This has to match ${schema.pattern}`] : []),
  ];
}

function beyond(limit: unknown, isBeyond: (limit: number) => boolean, said: (limit: number) => string): string[] {
  return typeof limit === "number" && isBeyond(limit) ? [said(limit)] : [];
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true; // written for another machine's expressions: the server decides
  }
}
