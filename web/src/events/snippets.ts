import type { NewEvent } from "./queries";

export type Snippets = { name: string; label: string; text: string }[];

/** The same event as it is sent by hand: from a shell, from Python, by our command line. `key`: the server wants to know who asks. */
export function eventSnippets({ name, data, id }: NewEvent, server: string, key: boolean): Snippets {
  const body = { name, data, ...(id ? { id } : {}) };
  return [
    { name: "cli", label: "Command line", text: cli(name, data, id, server) },
    {
      name: "curl",
      label: "curl",
      text: [
        `curl -X POST ${server}/v1/events`,
        ...(key ? [`-H "Authorization: Bearer $FLOWFORGE_API_KEY"`] : []),
        `-H 'Content-Type: application/json'`,
        `-d ${quoted(JSON.stringify(body))}`,
      ].join(" \\\n  "),
    },
    {
      name: "python",
      label: "Python",
      text: [
        "import flowforge",
        "",
        `with flowforge.Client(${python(server)}) as client:`,
        `    client.events.send(${python(name)}, ${python(data, 1)}${id ? `, id=${python(id)}` : ""})`,
      ].join("\n"),
    },
  ];
}

function cli(name: string, data: Record<string, unknown>, id: string | undefined, server: string): string {
  const given = Object.keys(data).length === 0 ? "" : ` --data ${quoted(JSON.stringify(data))}`;
  const local = server === "http://127.0.0.1:8288" ? "" : ` --url ${server}`;
  return `flowforge send ${quoted(name)}${given}${id ? ` --id ${quoted(id)}` : ""}${local}`;
}

/** One word of a shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A JSON value as Python writes it. */
export function python(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map((item) => python(item, depth + 1))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${python(item, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const flat = open + parts.join(", ") + close;
  if (flat.length <= 76 && !flat.includes("\n")) return flat;
  const indent = "    ".repeat(depth + 1);
  return `${open}\n${parts.map((part) => `${indent}${part},\n`).join("")}${"    ".repeat(depth)}${close}`;
}
