import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Danger } from "../../ui/Danger";
import { SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Part } from "../Part";
import { Table } from "../Table";
import { type Board, boardChanged, type Label } from "./queries";

type Colour = Label["colour"];
const COLOURS: Colour[] = ["grey", "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"];

/** Words that cards carry. One that a card is given first comes to be by itself, in grey. */
export function Labels({ of: board }: { of: Board }) {
  const [editing, setEditing] = useState<Label | "new" | null>(null);
  const [deleting, setDeleting] = useState<Label | null>(null);
  const write = may("tasks:write");
  return (
    <Part
      title="Labels"
      about="A label that a card is given for the first time comes to be by itself. The colour is for programs that draw cards; here labels are told apart by their words."
      aside={
        write && (
          <Button icon={<Plus size={14} />} onClick={() => setEditing("new")}>
            New label
          </Button>
        )
      }
    >
      <Table
        label={`Labels of ${board.name}`}
        rows={board.labels}
        rowKey={(label) => label.name}
        columns={[
          { head: "Label", cell: (label) => <Chip>{label.name}</Chip> },
          { head: "Colour", cell: (label) => label.colour },
        ]}
        acts={
          write
            ? (label) => (
                <>
                  <Button size="small" look="bare" aria-label={`Recolour ${label.name}`} onClick={() => setEditing(label)}>
                    Recolour
                  </Button>
                  <Button size="small" look="bare" aria-label={`Delete ${label.name}`} onClick={() => setDeleting(label)}>
                    Delete
                  </Button>
                </>
              )
            : undefined
        }
        empty={<p className="faint">This board has none.</p>}
      />
      {editing !== null && (
        <LabelForm board={board} of={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />
      )}
      {deleting !== null && <DeleteLabel board={board} of={deleting} onClose={() => setDeleting(null)} />}
    </Part>
  );
}

function LabelForm({ board, of: label, onClose }: { board: Board; of?: Label; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(label?.name ?? "");
  const [colour, setColour] = useState<Colour>(label?.colour ?? "grey");
  const save = useAct(async () => {
    const path = { board: board.prefix, label: name.trim() };
    await ask(api.PUT("/v1/boards/{board}/labels/{label}", { params: { path }, body: { colour } }));
    await boardChanged(client, board.prefix);
    return true;
  });
  return (
    <FormDialog
      title={label === undefined ? "New label" : `Label ${label.name}`}
      submit="Save"
      size="small"
      busy={save.busy}
      problem={save.problem}
      disabled={name.trim() === ""}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      {label === undefined && (
        <TextField label="Name" value={name} maxLength={50} onChange={(event) => setName(event.target.value)} />
      )}
      <SelectField label="Colour" value={colour} onChange={(event) => setColour(event.target.value as Colour)}>
        {COLOURS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </SelectField>
    </FormDialog>
  );
}

function DeleteLabel({ board, of: label, onClose }: { board: Board; of: Label; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useAct(async () => {
    await ask(api.DELETE("/v1/boards/{board}/labels/{label}", { params: { path: { board: board.prefix, label: label.name } } }));
    await boardChanged(client, board.prefix);
    return true;
  });
  return (
    <Danger
      title={`Delete the label ${label.name}`}
      submit="Delete"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      It is taken off every card of this board. Rules of policies and filters that name it fit nothing any more.
    </Danger>
  );
}
