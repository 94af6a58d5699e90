import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api, ask } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField, TextField } from "../ui/Field";
import { type Agent, takeAgent } from "./agent_queries";

/** Let an agent rest, with a reason that whoever wonders will read. */
export default function PauseAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const form = useId();
  const [reason, setReason] = useState("");
  const [stop, setStop] = useState(false);
  const pausing = useMutation({
    mutationFn: () => {
      const body = { reason: reason.trim() || null, stop };
      return ask(api.POST("/v1/agents/{agent}/pause", { params: { path: { agent: agent.name } }, body }));
    },
    onSuccess: (fresh) => {
      takeAgent(client, fresh);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Pause ${agent.name}`}
      description="It goes on to the end of the step in hand and then waits. What is given to it meanwhile queues."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={pausing.isPending}>
            Pause
          </Button>
        </>
      }
    >
      <form
        id={form}
        style={{ display: "grid", gap: 16 }}
        onSubmit={(event) => {
          event.preventDefault();
          pausing.mutate();
        }}
      >
        <TextField
          label="Why (optional)"
          hint="Shown with the agent and with what waits for it."
          placeholder="it refunds too much"
          maxLength={500}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <CheckField
          label="Stop the step in hand too"
          hint="A call with an effect then asks a person whether it has happened."
          checked={stop}
          onChange={(event) => setStop(event.target.checked)}
        />
      </form>
      {pausing.error !== null && <Failure reason={pausing.error} />}
    </Dialog>
  );
}
