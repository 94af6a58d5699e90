import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../api/client";
import { CheckField, TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { type Agent, takeAgent } from "./agent_queries";

/** Let an agent rest, with a reason that whoever wonders will read. */
export default function PauseAgent({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [stop, setStop] = useState(false);
  const pausing = useAct(async () => {
    const body = { reason: reason.trim() || null, stop };
    takeAgent(client, await ask(api.POST("/v1/agents/{agent}/pause", { params: { path: { agent: agent.name } }, body })));
    onClose();
  });
  return (
    <FormDialog
      size="small"
      title={`Pause ${agent.name}`}
      description="It goes on to the end of the step in hand and then waits. What is given to it meanwhile queues."
      submit="Pause"
      busy={pausing.busy}
      problem={pausing.problem}
      onClose={onClose}
      onSubmit={() => void pausing.run(undefined)}
    >
      <TextField
        label="Why (optional)"
        hint="Shown with the agent and with what waits for it."
        placeholder="it refunds too much"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <CheckField
        label="Stop the step in hand too"
        hint="A call with an effect then asks a person whether it has happened."
        checked={stop}
        onChange={(event) => setStop(event.target.checked)}
      />
    </FormDialog>
  );
}
