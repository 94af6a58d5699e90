import type { Schema } from "../../api/client";

/** What the agent is: its model, its words, what it may use, and how that changed. */
export default function DefinitionTab({ agent }: { agent: Schema<"AgentOut"> }) {
  return <p className="quiet">{agent.description || agent.name}</p>;
}
