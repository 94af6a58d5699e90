import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useRef, useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { Problem } from "../../api/problem";
import { focusFirstFault, holdsUnparsed } from "../../functions/DataForm";
import { useShortcuts } from "../../keys/shortcuts";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { type Agent, oneAgent, takeAgent } from "../agent_queries";
import { DefinitionForm } from "./DefinitionForm";
import { type Draft, faultsOf, isSaidAtFields, missingIn, patchTo } from "./draft";
import styles from "./EditDefinition.module.css";
import formed from "./form.module.css";
import { definitionOf } from "./plain";

const route = getRouteApi("/agents/$name");

type Begun = { agent: Agent; draft: Draft };
/** What was written and not saved, by agent: who goes elsewhere by mistake finds it again. */
const kept = new Map<string, Begun>();

/** Change what an agent is. What is saved is a new revision; runs that have begun keep theirs. */
export default function EditDefinition({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const form = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  const [{ agent: begun, draft }, setHeld] = useState<Begun>(() => kept.get(agent.id) ?? anew(agent));
  const [resumed, setResumed] = useState(() => kept.has(agent.id));
  const [tried, setTried] = useState(false);
  const before = definitionOf(begun);
  const patch = holdsUnparsed(draft) ? null : patchTo(before, draft);
  const hold = (next: Begun) => {
    if (!holdsUnparsed(next.draft)) kept.set(agent.id, next);
    setHeld(next);
  };
  const close = () => {
    kept.delete(agent.id);
    void navigate({ search: { view: "definition" } });
  };
  const saving = useMutation({
    mutationFn: (body: Schema<"AgentPatch">) =>
      ask(
        api.PATCH("/v1/agents/{agent}", {
          params: { path: { agent: begun.id }, header: { "if-match": `"${begun.revision}"` } },
          body,
        }),
      ),
    onSuccess: (fresh) => {
      takeAgent(client, fresh);
      kept.delete(agent.id);
      if (fresh.name === agent.name) return close();
      client.removeQueries({ queryKey: oneAgent(agent.name).queryKey });
      return navigate({ to: "/agents/$name", params: { name: fresh.name }, search: { view: "definition" }, replace: true });
    },
    onError: (reason) => {
      if (reason instanceof Problem && reason.status === 412)
        void client.invalidateQueries({ queryKey: oneAgent(agent.name).queryKey });
      focusFirstFault(form);
    },
  });
  const isChanged = patch === null || Object.keys(patch).length > 0;
  // What was written is not thrown away by one key: with something changed it leads to the button that does.
  const leave = () => (isChanged ? cancel.current?.focus() : close());
  useShortcuts([{ keys: "Escape", label: "Leave it as it is", group: "Agent", run: leave }]);
  const problem = saving.error instanceof Problem ? saving.error : null;
  const faults = faultsOf(draft, tried, problem);
  const isNewer = agent.revision !== begun.revision;
  return (
    <form
      id={form}
      className={`${formed.form} ${styles.edit}`}
      noValidate
      aria-label={`Definition of ${agent.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (missingIn(draft).length > 0 || patch === null) focusFirstFault(form);
        else if (Object.keys(patch).length === 0) close();
        else saving.mutate(patch);
      }}
    >
      {resumed && isChanged && (
        <p className={formed.kept}>
          <span className="quiet">You have begun this before.</span>
          <Button
            size="small"
            onClick={() => {
              kept.delete(agent.id);
              setHeld(anew(agent));
              setResumed(false);
              saving.reset();
            }}
          >
            Begin anew
          </Button>
        </p>
      )}
      {isNewer && (
        <p role="status" className={styles.newer}>
          <span>
            Somebody has changed it meanwhile: it is revision {agent.revision} now, and you began at {begun.revision}.
          </span>
          <Button
            size="small"
            onClick={() => {
              hold({ agent, draft: { ...definitionOf(agent), note: draft.note } });
              saving.reset();
            }}
          >
            Begin anew from it
          </Button>
          <Button
            size="small"
            onClick={() => {
              hold({ agent, draft });
              saving.reset();
            }}
          >
            Keep what I wrote
          </Button>
        </p>
      )}
      <DefinitionForm
        draft={draft}
        onChange={(next) => hold({ agent: begun, draft: next })}
        faults={faults}
        heading="Edit the definition"
        own={agent.name}
        autoFocus
      />
      {saving.error !== null && problem?.status !== 412 && !isSaidAtFields(faults) && <Failure reason={saving.error} />}
      <footer className={styles.actions}>
        <span className="quiet">{isChanged ? changed(patch) : "Nothing is changed yet."}</span>
        <span className={styles.gap} />
        <Button ref={cancel} onClick={close}>
          Cancel
        </Button>
        <Button look="ink" type="submit" busy={saving.isPending}>
          Save
        </Button>
      </footer>
    </form>
  );
}

function anew(agent: Agent): Begun {
  return { agent, draft: { ...definitionOf(agent) } };
}

function changed(patch: Record<string, unknown> | null): string {
  const count = Object.keys(patch ?? {}).filter((name) => name !== "note").length;
  return count === 0 ? "" : `${count === 1 ? "1 field is" : `${count} fields are`} changed.`;
}
