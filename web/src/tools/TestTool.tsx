import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Problem } from "../api/problem";
import { DataForm, focusFirstFault, useData } from "../functions/DataForm";
import type { Run } from "../functions/queries";
import { StartedRun } from "../functions/StartedRun";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField } from "../ui/Field";
import { type Tool, testTool } from "./queries";
import { EFFECTS } from "./tool_words";

/** Call a tool once, as oneself. Nobody is asked, so what has an effect is confirmed here. */
export function TestTool({ tool, onClose }: { tool: Tool; onClose: () => void }) {
  const form = useId();
  const data = useData(tool.parameters);
  const [tried, setTried] = useState(false);
  const [meant, setMeant] = useState(tool.effect === "read");
  const [run, setRun] = useState<Run | null>(null);
  const calling = useMutation({
    mutationFn: () => testTool(tool.name, data.value as Record<string, unknown>),
    onSuccess: setRun,
  });
  const problem = calling.error instanceof Problem ? calling.error : null;
  const call = () => {
    setTried(true);
    if (data.unsendable || data.faults.length > 0) return focusFirstFault(form);
    if (meant) calling.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Call ${tool.name} once`}
      description={
        tool.effect === "read"
          ? "A worker makes the call in your name, now. It reads and changes nothing."
          : `A worker makes the call in your name, now, and nobody is asked. It ${EFFECTS[tool.effect]}${tool.reversible === false ? " and cannot be undone" : ""}.`
      }
      size="large"
      actions={
        <>
          <Button onClick={onClose}>{run === null ? "Cancel" : "Done"}</Button>
          <Button look="ink" type="submit" form={form} busy={calling.isPending} disabled={!meant}>
            {run === null ? "Call it" : "Call it again"}
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          call();
        }}
      >
        <DataForm label="Arguments" schema={tool.parameters} data={data} tried={tried} faults={problem?.errors} at="/arguments" />
      </form>
      {tool.effect !== "read" && (
        <CheckField
          label={`Really do it: it ${EFFECTS[tool.effect]}`}
          checked={meant}
          onChange={(event) => setMeant(event.target.checked)}
        />
      )}
      {calling.error !== null && <Failure reason={calling.error} />}
      {run !== null && <StartedRun key={run.id} begun={run} output="Result" />}
    </Dialog>
  );
}
