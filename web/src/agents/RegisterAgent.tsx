import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { focusFirstFault, holdsUnparsed } from "../functions/DataForm";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { takeAgent } from "./agent_queries";
import { DefinitionForm } from "./definition/DefinitionForm";
import { bodyOf, type Draft, faultsOf, isSaidAtFields, missingIn } from "./definition/draft";
import formed from "./definition/form.module.css";

/** What was written and not sent: who closes the dialog by mistake finds it again. */
let kept: Draft = {};

/** Make a new agent. */
export default function RegisterAgent({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const [draft, setDraft] = useState<Draft>(kept);
  const [resumed, setResumed] = useState(Object.keys(kept).length > 0);
  const [tried, setTried] = useState(false);
  const making = useMutation({
    mutationFn: () => ask(api.POST("/v1/agents", { body: bodyOf(draft) as Schema<"AgentIn"> })),
    onSuccess: (agent) => {
      kept = {};
      takeAgent(client, agent);
      void navigate({ to: "/agents/$name", params: { name: agent.name } });
    },
    onError: () => focusFirstFault(form),
  });
  const change = (next: Draft) => {
    if (!holdsUnparsed(next)) kept = next;
    setDraft(next);
  };
  const problem = making.error instanceof Problem ? making.error : null;
  const faults = faultsOf(draft, tried, problem);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Register an agent"
      size="large"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={making.isPending}>
            Register
          </Button>
        </>
      }
    >
      <form
        id={form}
        className={formed.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (missingIn(draft).length > 0 || holdsUnparsed(draft)) focusFirstFault(form);
          else making.mutate();
        }}
      >
        {resumed && (
          <p className={formed.kept}>
            <span className="quiet">You have begun this before.</span>
            <Button
              size="small"
              onClick={() => {
                change({});
                setResumed(false);
              }}
            >
              Begin anew
            </Button>
          </p>
        )}
        <DefinitionForm draft={draft} onChange={change} faults={faults} autoFocus />
        {making.error !== null && !isSaidAtFields(faults) && <Failure reason={making.error} />}
      </form>
    </Dialog>
  );
}
