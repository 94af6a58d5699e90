import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { pause, recount } from "./queries";

/** Pause a function, or all of them (null), with a reason that whoever wonders will read. */
export function PauseDialog({ id, onClose }: { id: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const form = useId();
  const [reason, setReason] = useState("");
  const pausing = useMutation({
    mutationFn: () => pause(id, reason.trim() || null),
    onSuccess: async () => {
      await recount(client);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={id === null ? "Pause everything" : `Pause ${id.split(".").at(-1)}`}
      description={
        id === null
          ? "No run of any function begins or goes on, except what workers have in hand. Events still make runs, which wait."
          : "Nothing of it begins or goes on, except what workers have in hand. Events still make runs, which wait. It outlives deployments."
      }
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
        onSubmit={(event) => {
          event.preventDefault();
          pausing.mutate();
        }}
      >
        <TextField
          label="Why (optional)"
          hint="Shown to whoever asks why nothing runs."
          placeholder="the payment provider is down"
          maxLength={500}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
      {pausing.error !== null && <Failure reason={pausing.error} />}
    </Dialog>
  );
}
