import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { actOnCards } from "./acts";
import { announce } from "./announce";
import { LabelsField } from "./LabelsField";

/** Put labels on several cards, and take others off. */
export function LabelDialog({ board, keys, onClose }: { board: string; keys: readonly string[]; onClose: () => void }) {
  const client = useQueryClient();
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const label = () => {
    setBusy(true);
    actOnCards(client, keys, { action: "label", add, remove })
      .then(() => {
        void client.invalidateQueries({ queryKey: ["boards", board], exact: true });
        announce(`Labels of ${keys.length} cards changed`);
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
      title={`Labels of ${keys.length} ${keys.length === 1 ? "card" : "cards"}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" busy={busy} disabled={add.length + remove.length === 0} onClick={label}>
            Change
          </Button>
        </>
      }
    >
      <LabelsField board={board} label="Add" value={add} onChange={setAdd} />
      <LabelsField board={board} label="Remove" value={remove} onChange={setRemove} />
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}
