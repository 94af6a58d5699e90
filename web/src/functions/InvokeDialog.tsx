import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { DataForm, focusFirstFault, useData } from "./DataForm";
import { type FunctionOut, invoke, type Run } from "./queries";
import { StartedRun } from "./StartedRun";

/** Begin a function by hand, without an event, and see what comes of it. */
export function InvokeDialog({ found, onClose }: { found: FunctionOut; onClose: () => void }) {
  const [run, setRun] = useState<Run | null>(null);
  const navigate = useNavigate();
  if (run === null) return <Writing found={found} onClose={onClose} onBegun={setRun} />;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Begun"
      size="large"
      actions={
        <>
          <Button onClick={() => setRun(null)}>Invoke again</Button>
          <Button look="ink" autoFocus onClick={() => void navigate({ to: "/runs/$id", params: { id: run.id } })}>
            Open the run
          </Button>
        </>
      }
    >
      <StartedRun begun={run} />
    </Dialog>
  );
}

function Writing({ found, onClose, onBegun }: { found: FunctionOut; onClose: () => void; onBegun: (run: Run) => void }) {
  const form = useId();
  const data = useData(found.input_schema);
  const [tried, setTried] = useState(false);
  const beginning = useMutation({ mutationFn: () => invoke(found.id, data.value), onSuccess: onBegun });
  const doubtful = data.faults.length > 0;
  const begin = (anyway: boolean) => {
    setTried(true);
    if (data.unsendable || (doubtful && !anyway)) return focusFirstFault(form);
    beginning.mutate();
  };
  useShortcuts([{ keys: "mod+enter", label: "Begin it", group: "Invoke", run: () => begin(tried), whileTyping: true }]);
  const problem = beginning.error instanceof Problem ? beginning.error : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Invoke ${found.id}`}
      description={
        found.live
          ? "A run of it begins with this as its event's data. Filters, debounce, batch and rate are for events alone and do not apply."
          : "No live worker knows it now: the run will be queued until one does."
      }
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {tried && doubtful && !data.unsendable && (
            <Button disabled={beginning.isPending} onClick={() => begin(true)}>
              Invoke it all the same
            </Button>
          )}
          <Button look="ink" type="submit" form={form} busy={beginning.isPending} hotkey="mod+Enter">
            Invoke
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          begin(false);
        }}
      >
        <DataForm label="Data" schema={found.input_schema} data={data} tried={tried} faults={problem?.errors} at="/input" />
      </form>
      {beginning.error !== null && <Failure reason={beginning.error} />}
    </Dialog>
  );
}
