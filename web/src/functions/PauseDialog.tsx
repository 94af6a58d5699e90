import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { TextField } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { useAct } from "../ui/useAct";
import { pause, recount } from "./queries";

/** Pause a function, or all of them (null), with a reason that whoever wonders will read. */
export function PauseDialog({ id, onClose }: { id: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const pausing = useAct(async () => {
    await pause(id, reason.trim() || null);
    await recount(client);
    onClose();
  });
  return (
    <FormDialog
      size="small"
      title={id === null ? "Pause everything" : `Pause ${id.split(".").at(-1)}`}
      description={
        id === null
          ? "No run of any function begins or goes on, except what workers have in hand. Events still make runs, which wait."
          : "Nothing of it begins or goes on, except what workers have in hand. Events still make runs, which wait. It outlives deployments."
      }
      submit="Pause"
      busy={pausing.busy}
      problem={pausing.problem}
      onClose={onClose}
      onSubmit={() => void pausing.run(undefined)}
    >
      <TextField
        label="Why (optional)"
        hint="Shown to whoever asks why nothing runs."
        placeholder="the payment provider is down"
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </FormDialog>
  );
}
