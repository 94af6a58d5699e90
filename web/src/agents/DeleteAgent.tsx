import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ask } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import type { Agent } from "./agent_queries";

/** Take away an agent that never worked. */
export default function DeleteAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const deleting = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/agents/{agent}", { params: { path: { agent: agent.name } } })),
    onSuccess: async () => {
      await navigate({ to: "/agents" });
      client.removeQueries({ queryKey: ["agent", agent.name] });
      void client.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${agent.name}`}
      description="Its definition, its notes and its triggers are gone for good. One that has worked keeps its past: archive it instead."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={deleting.isPending} onClick={() => deleting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      {deleting.error !== null && <Failure reason={deleting.error} />}
    </Dialog>
  );
}
