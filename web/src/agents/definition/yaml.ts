/**
 * A JSON value as YAML that every reader of YAML 1.1 and 1.2 takes for the same: texts that are more than a plain word are written as JSON
 * writes them, which YAML allows, and texts of several lines as blocks.
 */
export function yaml(value: unknown): string {
  if (isMap(value) && Object.keys(value).length > 0) return map(value, "");
  return `${flow(value)}\n`;
}

function map(value: Record<string, unknown>, indent: string): string {
  return Object.entries(value)
    .map(([name, one]) => `${indent}${scalar(name)}:${below(one, indent)}`)
    .join("");
}

function below(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (typeof value === "string" && isBlock(value)) return ` ${block(value, deeper)}\n`;
  if (isMap(value) && Object.keys(value).length > 0 && flow(value).length > WIDTH) return `\n${map(value, deeper)}`;
  return ` ${flow(value)}\n`;
}

const WIDTH = 70;

/** On one line, as JSON has it, without the quotes that are not needed. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isMap(value))
    return `{${Object.entries(value)
      .map(([name, one]) => `${scalar(name)}: ${flow(one)}`)
      .join(", ")}}`;
  return typeof value === "string" ? scalar(value) : (JSON.stringify(value) ?? "null");
}

const WORD = /^[A-Za-z][\w./-]*( [\w./-]+)*$/;
/** What some reader of YAML takes for something else than a text. */
const NO_TEXT = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

function scalar(text: string): string {
  return WORD.test(text) && !NO_TEXT.test(text)
    ? text
    : JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A text of several lines that a block gives back exactly: no other breaks, nothing that cannot be printed, no blanks where it begins. */
function isBlock(text: string): boolean {
  return (
    text.includes("\n") &&
    !/^\s|[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|[ \t]\n|\s$/.test(text.replace(/\n$/, ""))
  );
}

function block(text: string, indent: string): string {
  const ends = text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n").map((line) => (line === "" ? "" : indent + line));
  return `${ends ? "|" : "|-"}\n${lines.join("\n")}`;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
