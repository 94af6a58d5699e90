import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Danger } from "../ui/Danger";
import { useAct } from "../ui/useAct";
import { deleteRun, isOver } from "./acts";
import type { Run } from "./list_filter";
import { dropRuns } from "./queries";

/** Delete a run with all that is stored of it. */
export function DeleteDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const over = isOver(run);
  const remove = useAct(async () => {
    await deleteRun(run.id, !over);
    dropRuns(client, new Set([run.id]));
    await navigate({ to: "/runs" });
  });
  return (
    <Danger
      title={`Delete ${run.label}`}
      submit="Delete the run"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={() => void remove.run(undefined)}
    >
      Its steps, outputs, frames and approvals go with it. What it used and the audit log stay.
      {!over && " It has not ended: it is ended at once, and nothing is cleaned up."}
    </Danger>
  );
}
