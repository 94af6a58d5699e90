import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ask } from "../api/client";
import { Danger } from "../ui/Danger";
import { useAct } from "../ui/useAct";
import type { Agent } from "./agent_queries";

/** Take away an agent that never worked. */
export default function DeleteAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useAct(async () => {
    await ask(api.DELETE("/v1/agents/{agent}", { params: { path: { agent: agent.name } } }));
    await navigate({ to: "/agents" });
    client.removeQueries({ queryKey: ["agent", agent.name] });
    void client.invalidateQueries({ queryKey: ["agents"] });
  });
  return (
    <Danger
      title={`Delete ${agent.name}`}
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={() => void remove.run(undefined)}
    >
      Its definition, its notes and its triggers are gone for good. One that has worked keeps its past: archive it instead.
    </Danger>
  );
}
