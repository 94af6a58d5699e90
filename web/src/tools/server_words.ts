import type { McpServer } from "./queries";

type Transport = { kind?: string; url?: string; command?: string; args?: string[]; bearer?: string };

export function nameOf(server: McpServer): string {
  return String(server.definition.name);
}

export function transportOf(server: McpServer): Transport {
  return (server.definition.transport ?? {}) as Transport;
}

/** Where a server is: its address, or the program that a worker starts. */
export function whereWords(server: McpServer): string {
  const transport = transportOf(server);
  return transport.kind === "stdio" ? [transport.command, ...(transport.args ?? [])].join(" ") : (transport.url ?? "");
}

/** The hints of a server about one of its tools: shown, and believed in nothing. */
export function hintWords(hints: Record<string, unknown>): string[] {
  const said: Record<string, [string, string]> = {
    read_only: ["it only reads", "it changes things"],
    destructive: ["it destroys", "it destroys nothing"],
    idempotent: ["repeating it is harmless", "repeating it does it again"],
    open_world: ["it reaches beyond itself", "it stays within itself"],
  };
  return Object.entries(hints).flatMap(([hint, value]) => {
    const words = said[hint];
    if (words !== undefined && typeof value === "boolean") return [value ? words[0] : words[1]];
    return value === null || value === undefined ? [] : [`${hint}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
  });
}
