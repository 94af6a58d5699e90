import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useId, useState } from "react";
import { api, ask } from "../../api/client";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure } from "../../ui/Failure";
import { TextField } from "../../ui/Field";
import { type Agent, takeAgent } from "../agent_queries";
import { Changes } from "./Changes";

const route = getRouteApi("/agents/$name");

/** Make an agent again what it was at a revision: what that changes stands above the button. */
export function RollBack({ agent, revision, onClose }: { agent: Agent; revision: number; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = route.useNavigate();
  const form = useId();
  const [note, setNote] = useState("");
  const going = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/v1/agents/{agent}/rollback", {
          params: { path: { agent: agent.name }, header: { "if-match": `"${agent.revision}"` } },
          body: { revision, note: note.trim() || null },
        }),
      ),
    onSuccess: (fresh) => {
      takeAgent(client, fresh);
      onClose();
      void navigate({ to: "/agents/$name", params: { name: fresh.name }, search: { view: "definition" } });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Go back to revision ${revision}`}
      description={`It becomes revision ${agent.revision + 1}, equal to revision ${revision}. Runs that have begun keep what they began with.`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={going.isPending}>
            Go back
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          going.mutate();
        }}
      >
        <TextField
          label="Why (optional)"
          hint="Kept with the revision."
          maxLength={500}
          autoFocus
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </form>
      <Changes agent={agent.name} from={agent.revision} to={revision} />
      {going.error !== null && <Failure reason={going.error} />}
    </Dialog>
  );
}
