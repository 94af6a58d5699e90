/** One thing that was said to a model or by it, made of whatever shape the step keeps. */
export type Said = {
  role: string;
  text: string;
  /** The model thought it and did not say it. */
  thought?: boolean;
  /** A call of a tool: its name and its arguments. */
  call?: { tool: string; args: unknown };
};

/** What the step asked: the messages of its input. */
export function asked(input: unknown): Said[] {
  const messages = field(input, "messages");
  if (!Array.isArray(messages))
    return typeof field(input, "prompt") === "string" ? [{ role: "user", text: String(field(input, "prompt")) }] : [];
  return messages.flatMap((message) => {
    const role = String(field(message, "role") ?? "user");
    const text = textOf(field(message, "content"));
    const calls = field(message, "tool_calls");
    return [
      ...(text === "" && Array.isArray(calls) ? [] : [{ role, text }]),
      ...(Array.isArray(calls) ? calls.map((call) => callOf(role, call)) : []),
    ];
  });
}

/** What the model answered: an agent's turn keeps its parts, a plain call its text or value. */
export function answered(output: unknown): Said[] {
  const parts = field(output, "parts");
  if (!Array.isArray(parts))
    return output === null || output === undefined
      ? []
      : [{ role: "assistant", text: typeof output === "string" ? output : JSON.stringify(output, null, 2) }];
  return parts.flatMap((part): Said[] => {
    switch (field(part, "part_kind")) {
      case "thinking":
        return [{ role: "assistant", text: textOf(field(part, "content")), thought: true }];
      case "tool-call":
        return [
          {
            role: "assistant",
            text: "",
            call: { tool: String(field(part, "tool_name") ?? "tool"), args: parsed(field(part, "args")) },
          },
        ];
      default:
        return [{ role: "assistant", text: textOf(field(part, "content")) }];
    }
  });
}

function callOf(role: string, call: unknown): Said {
  const named = field(call, "function") ?? call;
  return {
    role,
    text: "",
    call: { tool: String(field(named, "name") ?? "tool"), args: parsed(field(named, "arguments") ?? field(named, "args")) },
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === null || content === undefined ? "" : JSON.stringify(content, null, 2);
  return content
    .map((part) =>
      typeof part === "string"
        ? part
        : typeof field(part, "text") === "string"
          ? String(field(part, "text"))
          : `[${String(field(part, "type") ?? "part")}]`,
    )
    .join("\n");
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value ?? {};
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function field(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
}
