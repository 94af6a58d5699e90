import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { actOnCards, assignCard, assigneeIn } from "./acts";
import { announce } from "./announce";
import { readAssignee } from "./card";
import { useAssigneeOptions } from "./options";

/** Give one card, or several, to an agent or a person. An agent begins as soon as it can. */
export function AssignDialog({ keys, now, onClose }: { keys: readonly string[]; now: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const options = useAssigneeOptions();
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [first] = keys;
  const what = keys.length === 1 ? String(first) : `${keys.length} cards`;
  const assign = (value: string | null) => {
    const to = readAssignee(value);
    setBusy(true);
    const done =
      keys.length === 1 && first !== undefined
        ? assignCard(client, first, to)
        : actOnCards(client, keys, { action: "assign", assignee: assigneeIn(to) });
    done
      .then(() => {
        announce(to === null ? `${what}: assigned to nobody` : `${what}: assigned to ${to.name}`);
        onClose();
      })
      .catch((reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Assign ${what}`}
      actions={
        <>
          {(now !== null || keys.length > 1) && (
            <Button busy={busy} onClick={() => assign(null)}>
              Assign to nobody
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
        </>
      }
    >
      <Picker
        label="To"
        options={options}
        value={now}
        onChange={(value) => value !== null && value !== now && assign(value)}
        opened
        disabled={busy}
        placeholder="An agent or a person"
        hint="An agent begins as soon as nothing blocks the card and there is room."
        noMatch="No agent or person of that name"
      />
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}
