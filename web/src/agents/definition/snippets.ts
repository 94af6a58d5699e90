import { python, quoted, type Snippets } from "../../events/snippets";
import type { PlainDefinition } from "./plain";
import { yaml } from "./yaml";

/** The same agent made by hand: in Python, from a shell, as a file of a project. `key`: the server wants to know who asks. */
export function definitionSnippets(definition: PlainDefinition, server: string, key: boolean): Snippets {
  return [
    { name: "python", label: "Python", text: inPython(definition, server) },
    { name: "curl", label: "curl", text: inShell(definition, server, key) },
    { name: "yaml", label: "YAML", text: yaml(definition) },
  ];
}

function inPython(definition: PlainDefinition, server: string): string {
  const fields = Object.entries(definition).map(([name, value]) => `        ${name}=${python(value, 2)},`);
  const client = server === "http://127.0.0.1:8288" ? "" : JSON.stringify(server);
  return [
    "import flowforge",
    "",
    `with flowforge.Client(${client}) as client:`,
    "    client.agents.create(",
    ...fields,
    "    )",
  ].join("\n");
}

function inShell(definition: PlainDefinition, server: string, key: boolean): string {
  return [
    `curl -X POST ${server}/v1/agents`,
    ...(key ? [`-H "Authorization: Bearer $FLOWFORGE_API_KEY"`] : []),
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(definition, null, 2))}`,
  ].join(" \\\n  ");
}
