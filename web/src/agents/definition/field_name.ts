/** What a field of a definition is called on the page, by its JSON pointer: "Instructions", "Turns in one run". */
export function fieldName(pointer: string): string {
  const [, name = "", ...inside] = pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const own = NAMES[name] ?? name;
  if (inside.length === 0) return own;
  if (name === "limits") return `${LIMITS[inside[0] ?? ""] ?? inside[0]} of one run`;
  if (name === "approval") return `Whether ${inside.join("/")} asks a person`;
  return `${own}: ${inside.join("/")}`;
}

const NAMES: Record<string, string> = {
  name: "Name",
  model: "Model",
  description: "What it is for",
  instructions: "Instructions",
  skills: "Skills",
  tools: "Tools",
  mcp_servers: "MCP servers",
  approval: "What asks a person",
  delegates_to: "May give work to",
  memory: "Memory",
  budget: "Budget",
  limits: "Limits of one run",
  concurrency: "Runs at once",
  done_column: "Finished cards go to",
  output: "Schema of its answers",
  retries: "Repairs of an answer",
  fallbacks: "Fallbacks",
  model_settings: "Settings of the model",
};

const LIMITS: Record<string, string> = {
  turns: "Turns",
  tool_calls: "Tool calls",
  money: "Dollars",
  wall_time: "Time of work",
  on_limit: "What happens at a limit",
};
