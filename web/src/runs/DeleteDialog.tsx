import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { deleteRun, isOver } from "./acts";
import type { Run } from "./list_filter";
import { dropRuns } from "./queries";

/** Delete a run with all that is stored of it. */
export function DeleteDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const over = isOver(run);
  const remove = () => {
    setBusy(true);
    deleteRun(run.id, !over).then(
      () => {
        dropRuns(client, new Set([run.id]));
        void navigate({ to: "/runs" });
      },
      (reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Delete ${run.label}`}
      description={`Its steps, outputs, frames and approvals go with it. What it used and the audit log stay.${over ? "" : " It has not ended: it is ended at once, and nothing is cleaned up."}`}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="danger" busy={busy} onClick={remove}>
            Delete the run
          </Button>
        </>
      }
    >
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}
