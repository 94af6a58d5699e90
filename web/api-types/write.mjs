// Writes ../src/api/schema.ts from an OpenAPI document: what our pages ask and get. Left out is what no page needs a type of:
// examples, headers of answers, and problems, which are all of one shape (src/api/problem.ts).
//   node write.mjs openapi.json [elsewhere.ts]
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = JSON.parse(readFileSync(process.argv[2] ?? "openapi.json", "utf8"));
const IGNORED_HEADERS = new Set(["x-flowforge-tenant", "last-event-id", "traceparent", "tracestate"]);

for (const [path, methods] of Object.entries(document.paths)) {
  if (!path.startsWith("/v1/")) delete document.paths[path];
  for (const operation of Object.values(methods)) {
    delete operation.description;
    operation.parameters = operation.parameters?.filter((one) => !IGNORED_HEADERS.has(one.name?.toLowerCase()));
    for (const [status, answer] of Object.entries(operation.responses)) {
      if (!status.startsWith("2")) delete operation.responses[status];
      delete answer.headers;
    }
  }
}

const UNTYPED = new Set(["examples", "example", "title", "pattern", "format"]);
const slim = (value) => {
  if (Array.isArray(value)) return value.map(slim);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !(UNTYPED.has(name) && !isSchema(inner)))
      .map(([name, inner]) => [name, slim(inner)]),
  );
};
// A property may itself be called "title": then it holds a schema, not a text.
const isSchema = (value) =>
  value !== null &&
  typeof value === "object" &&
  !Array.isArray(value) &&
  ("type" in value ||
    "$ref" in value ||
    "anyOf" in value ||
    "allOf" in value ||
    "enum" in value ||
    "const" in value ||
    "oneOf" in value ||
    Object.keys(value).length === 0);

const nodes = await openapiTS(slim(document), { alphabetize: false, defaultNonNullable: false });
writeFileSync(
  process.argv[3] ?? new URL("../src/api/schema.ts", import.meta.url),
  `// Written by web/api-types/write.mjs from the OpenAPI document. Do not edit.\n\n${astToString(nodes)}`,
);
