import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { actOnCards, assignCard, assigneeIn } from "./acts";
import { announce } from "./announce";
import { readAssignee, useAssigneeOptions } from "./options";

/** Give one card, or several, to an agent or a person. An agent begins as soon as it can. */
export function AssignDialog({ keys, now, onClose }: { keys: readonly string[]; now: string | null; onClose: () => void }) {
  const client = useQueryClient();
  const options = useAssigneeOptions();
  const [chosen, setChosen] = useState<string | null>(now);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [first] = keys;
  const what = keys.length === 1 ? String(first) : `${keys.length} cards`;
  const to = readAssignee(chosen);

  const assign = () => {
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
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" busy={busy} disabled={chosen === now && keys.length === 1} onClick={assign}>
            {to === null ? "Assign to nobody" : `Assign to ${to.name}`}
          </Button>
        </>
      }
    >
      <Picker
        label="To"
        options={options}
        value={chosen}
        onChange={setChosen}
        clearable
        placeholder="Nobody"
        hint={to?.kind === "agent" ? `${to.name} begins as soon as nothing blocks it and there is room.` : undefined}
      />
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}
