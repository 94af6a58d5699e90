import type { Agent } from "../agent_queries";

export default function CostsTab({ agent }: { agent: Agent }) {
  return <p className="quiet">{agent.name}</p>;
}
