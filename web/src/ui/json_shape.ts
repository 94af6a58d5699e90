/** A JSON Schema, as far as a form reads it. */
export type JsonSchema = { readonly [key: string]: unknown };
export type Scalar = string | number | boolean | null;

/** What somebody typed that is no value yet: half a number, JSON with a hole. It stays in place of the value until it is mended. */
export class Unparsed {
  readonly text: string;
  readonly why: string;

  constructor(text: string, why: string) {
    this.text = text;
    this.why = why;
  }
}

/** One named place of an object. `extra`: the value has it and the schema does not name it. */
export type Field = { name: string; schema: JsonSchema; required: boolean; extra: boolean };

/** How a form draws one part of a value. What it has no drawing for is `json`: a text area that takes any JSON. */
export type Shape =
  | { kind: "text"; type: "text" | "email" | "url" | "date" | "date-time"; long: boolean }
  /** `orText`: an exact amount, which may be written as a text too (Python's Decimal). */
  | { kind: "number"; integer: boolean; orText: boolean }
  | { kind: "boolean" }
  | { kind: "choice"; options: readonly Scalar[] }
  | { kind: "list"; item: JsonSchema }
  | { kind: "object"; fields: readonly Field[] }
  | { kind: "json" };

/** Objects within objects beyond this are written as JSON: a form that deep is harder to read than its text. */
const DEPTH_MAX = 3;
const LONG_TEXT = 80;
const UNDRAWN = ["anyOf", "allOf", "oneOf", "if", "not", "patternProperties", "dependentSchemas", "prefixItems"];

/** How a value of the schema is drawn. A value that does not fit its schema is drawn as JSON, so that nothing of it is hidden. */
export function shapeOf(schema: JsonSchema, value: unknown, depth = 0): Shape {
  const drawn = shape(schema, value, depth);
  return fits(drawn, value) ? drawn : { kind: "json" };
}

function shape(schema: JsonSchema, value: unknown, depth: number): Shape {
  if (amountOf(schema) !== undefined) return { kind: "number", integer: false, orText: true };
  if (UNDRAWN.some((word) => word in schema)) return { kind: "json" };
  if ("const" in schema && isScalar(schema.const)) return { kind: "choice", options: [schema.const] };
  if (Array.isArray(schema.enum))
    return schema.enum.every(isScalar) ? { kind: "choice", options: schema.enum } : { kind: "json" };
  switch (schema.type) {
    case "string":
      return { kind: "text", type: textType(schema.format), long: isLong(schema, value) };
    case "integer":
    case "number":
      return { kind: "number", integer: schema.type === "integer", orText: false };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return isSchema(schema.items) && isFlat(schema.items) ? { kind: "list", item: schema.items } : { kind: "json" };
    case "object":
      return depth < DEPTH_MAX ? object(schema, value) : { kind: "json" };
    default:
      return { kind: "json" };
  }
}

function object(schema: JsonSchema, value: unknown): Shape {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const named: Field[] = Object.entries(properties).map(([name, one]) => ({
    name,
    schema: isSchema(one) ? one : {},
    required: required.has(name),
    extra: false,
  }));
  const extra = isRecord(value) ? Object.keys(value).filter((name) => !Object.hasOwn(properties, name)) : [];
  if (named.length === 0) return { kind: "json" };
  return { kind: "object", fields: [...named, ...extra.map((name) => ({ name, schema: {}, required: false, extra: true }))] };
}

function fits(drawn: Shape, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (drawn.kind) {
    case "text":
      return typeof value === "string" && (drawn.type !== "date-time" || value === "" || !Number.isNaN(Date.parse(value)));
    case "number":
      if (typeof value === "string") return drawn.orText;
      return value instanceof Unparsed || (typeof value === "number" && !isRounded(value));
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return isScalar(value);
    case "list":
      return Array.isArray(value) && value.every((item) => isScalar(item) || item instanceof Unparsed);
    case "object":
      return isRecord(value) && !(value instanceof Unparsed);
    default:
      return true;
  }
}

/** The schema with what it points at in its place (`$ref` to `#/$defs/…`), and whether null is a value of it as well. */
export function resolve(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  let held = schema;
  let nullable = false;
  for (let turn = 0; turn < 8; turn += 1) {
    if (typeof held.$ref === "string") {
      const { $ref, ...beside } = held;
      const found = pointed(root, String($ref));
      if (found === undefined) return { schema: {}, nullable };
      held = { ...found, ...beside };
      continue;
    }
    const some = held.anyOf ?? (Array.isArray(held.allOf) && held.allOf.length === 1 ? held.allOf : undefined);
    if (Array.isArray(some)) {
      const others = some.filter((one) => isRecord(one) && one.type !== "null");
      nullable ||= others.length < some.length;
      if (others.length !== 1) return { schema: { ...held, anyOf: others }, nullable };
      const { anyOf: _, allOf: __, ...beside } = held;
      held = { ...(others[0] as JsonSchema), ...beside };
      continue;
    }
    if (Array.isArray(held.type)) {
      const types = held.type.filter((one) => one !== "null");
      nullable ||= types.length < held.type.length;
      const { type: __, ...beside } = held;
      held = types.length === 1 ? { ...beside, type: types[0] } : beside;
    }
    return { schema: held, nullable };
  }
  return { schema: {}, nullable };
}

/** The two ways in which an exact amount is written: as a number, or as a text of digits. Undefined where it is none. */
export function amountOf(schema: JsonSchema): { asNumber: JsonSchema; asText: JsonSchema } | undefined {
  if (!Array.isArray(schema.anyOf) || schema.anyOf.length !== 2) return undefined;
  const asNumber = schema.anyOf.find((one) => isRecord(one) && (one.type === "number" || one.type === "integer"));
  const asText = schema.anyOf.find((one) => isRecord(one) && one.type === "string");
  return asNumber && asText ? { asNumber: asNumber as JsonSchema, asText: asText as JsonSchema } : undefined;
}

/** What a form begins with: defaults where the schema has some, and places for what is required. */
export function blank(schema: JsonSchema, root: JsonSchema = schema): unknown {
  const { schema: own, nullable } = resolve(schema, root);
  if ("default" in own) return own.default;
  if ("const" in own) return own.const;
  if (nullable) return null;
  if (own.type !== "object") return own.type === "array" ? [] : own.type === "boolean" ? false : undefined;
  const properties = isRecord(own.properties) ? own.properties : {};
  const required = new Set(Array.isArray(own.required) ? own.required : []);
  const made: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(properties)) {
    if (!isSchema(one)) continue;
    const inner = resolve(one, root).schema;
    const value = required.has(name) || ("default" in inner && inner.default !== null) ? blank(one, root) : undefined;
    if (value !== undefined) made[name] = value;
  }
  return made;
}

/** Limits in words, for under the field: "at least 1, at most 500". */
export function limitsOf(schema: JsonSchema): string {
  const said: string[] = [];
  const say = (key: string, words: (limit: string) => string) => {
    if (typeof schema[key] === "number") said.push(words(String(schema[key])));
  };
  say("minimum", (limit) => `at least ${limit}`);
  say("exclusiveMinimum", (limit) => `more than ${limit}`);
  say("maximum", (limit) => `at most ${limit}`);
  say("exclusiveMaximum", (limit) => `less than ${limit}`);
  if (typeof schema.minLength === "number" && schema.minLength > 1) say("minLength", (limit) => `at least ${limit} characters`);
  say("maxLength", (limit) => `at most ${limit} characters`);
  say("minItems", (limit) => `at least ${limit}`);
  say("maxItems", (limit) => `at most ${limit}`);
  return said.join(", ");
}

/** Whether a browser cannot hold this number exactly: what it would send is not what it was given. */
export function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

function isFlat(schema: JsonSchema): boolean {
  if (UNDRAWN.some((word) => word in schema)) return false;
  if (Array.isArray(schema.enum)) return schema.enum.every(isScalar);
  return ["string", "integer", "number", "boolean"].includes(schema.type as string);
}

function isLong(schema: JsonSchema, value: unknown): boolean {
  if (typeof schema.maxLength === "number" && schema.maxLength > 200) return true;
  return typeof value === "string" && (value.includes("\n") || value.length > LONG_TEXT);
}

function textType(format: unknown): "text" | "email" | "url" | "date" | "date-time" {
  if (format === "email" || format === "date" || format === "date-time") return format;
  return format === "uri" ? "url" : "text";
}

function pointed(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (ref === "#") return root;
  if (!ref.startsWith("#/")) return undefined;
  let held: unknown = root;
  for (const part of ref.slice(2).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    held = isRecord(held) && Object.hasOwn(held, name) ? held[name] : undefined;
  }
  return isSchema(held) ? held : undefined;
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): value is JsonSchema {
  return isRecord(value);
}
