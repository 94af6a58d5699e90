import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextArea, TextField } from "../ui/Field";
import { signalRun } from "./acts";
import type { Run } from "./list_filter";

/** Give a run a fact that it waits for, or will. */
export function SignalDialog({ run, awaited, onClose }: { run: Run; awaited: string | null; onClose: () => void }) {
  const [name, setName] = useState(awaited ?? "");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const data = parsed(text);
  const send = () => {
    if (name.trim() === "" || data === INVALID) return;
    setBusy(true);
    signalRun(run.id, name.trim(), data).then(onClose, (reason: unknown) => {
      setFailure(reason);
      setBusy(false);
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Signal ${run.label}`}
      description="One step.wait_for_signal of that name gets it, now or when the run comes by it."
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="ink" busy={busy} disabled={name.trim() === "" || data === INVALID} onClick={send}>
            Send the signal
          </Button>
        </>
      }
    >
      <TextField
        label="Signal"
        placeholder="reviewed"
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label="Data"
        code
        hint="JSON, or nothing"
        placeholder='{"verdict": "fine"}'
        error={data === INVALID ? "This is no JSON." : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}

const INVALID = Symbol("invalid");

function parsed(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return INVALID;
  }
}
