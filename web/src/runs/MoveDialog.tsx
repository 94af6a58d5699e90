import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextField } from "../ui/Field";
import { moveRun } from "./acts";
import type { Run } from "./list_filter";

/** Let other code go on with a run. */
export function MoveDialog({ run, put, onClose }: { run: Run; put: (run: Run) => void; onClose: () => void }) {
  const [version, setVersion] = useState(run.version ?? "");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const move = () => {
    setBusy(true);
    moveRun(run.id, version.trim() || null).then(
      (fresh) => {
        put(fresh);
        onClose();
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
      title={`Move ${run.label} to a version`}
      description="When a worker takes it next, it is one with this version of its function."
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="ink" busy={busy} onClick={move}>
            Move it
          </Button>
        </>
      }
    >
      <TextField
        label="Version"
        hint="Empty: whichever a worker has."
        value={version}
        maxLength={200}
        onChange={(event) => setVersion(event.target.value)}
      />
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}
