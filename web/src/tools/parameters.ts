import { isRecord, type JsonSchema, resolve } from "../ui/json_shape";

/** One argument of a tool, as people read it. */
export type Parameter = { name: string; type: string; required: boolean; description: string };

/** The arguments that a JSON Schema names, in its order. */
export function parametersOf(schema: JsonSchema): Parameter[] {
  const own = resolve(schema, schema).schema;
  const properties = isRecord(own.properties) ? own.properties : {};
  const required = new Set(Array.isArray(own.required) ? own.required : []);
  return Object.entries(properties).map(([name, inner]) => {
    const { schema: one, nullable } = resolve(isRecord(inner) ? inner : {}, schema);
    const description = [one.description, "default" in one ? `default ${JSON.stringify(one.default)}` : ""]
      .filter(Boolean)
      .join("; ");
    return { name, type: nullable ? `${typeOf(one)} or null` : typeOf(one), required: required.has(name), description };
  });
}

const WORDS: Record<string, string> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "yes or no",
  object: "object",
};

function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${isRecord(schema.items) ? plural(typeOf(schema.items)) : "anything"}`;
  if (typeof schema.format === "string" && schema.type === "string") return schema.format;
  return typeof schema.type === "string" ? (WORDS[schema.type] ?? schema.type) : "anything";
}

function plural(type: string): string {
  return type === "text" || type === "whole number" || type === "number" || type === "object" ? `${type}s` : type;
}
