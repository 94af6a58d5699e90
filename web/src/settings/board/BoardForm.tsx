import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { type Board, boardChanged } from "./queries";

type Props = { of?: Board; hasCards?: boolean; onClose: () => void; onMade?: (prefix: string) => void };

/** A new board, or with `of` another name for one. */
export function BoardForm({ of: board, hasCards = false, onClose, onMade }: Props) {
  const client = useQueryClient();
  const [name, setName] = useState(board?.name ?? "");
  const [prefix, setPrefix] = useState(board?.prefix ?? "");
  const save = useAct(async () => {
    const body = { name: name.trim(), prefix: prefix.trim().toUpperCase() };
    const made =
      board === undefined
        ? await ask(api.POST("/v1/boards", { body: { ...body, columns: undefined } }))
        : await ask(
            api.PATCH("/v1/boards/{board}", {
              params: { path: { board: board.prefix } },
              body: hasCards ? { name: body.name } : body,
            }),
          );
    await boardChanged(client, board?.prefix ?? made.prefix);
    return made;
  });
  return (
    <FormDialog
      title={board === undefined ? "New board" : `Rename ${board.name}`}
      description={board === undefined ? "It begins with Backlog, Todo, Doing, Review and Done." : undefined}
      submit={board === undefined ? "Make it" : "Rename"}
      size="small"
      busy={save.busy}
      problem={save.problem}
      fields={["/name", "/prefix"]}
      disabled={name.trim() === "" || prefix.trim() === ""}
      onClose={onClose}
      onSubmit={async () => {
        const made = await save.run(undefined);
        if (made === undefined) return;
        if (onMade === undefined) onClose();
        else onMade(made.prefix);
      }}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        error={save.problem?.fault("/name")}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Prefix"
        hint={
          hasCards
            ? "It stays, because there are cards whose keys begin with it"
            : "2 to 10 capital letters and digits: OPS makes OPS-1, OPS-2"
        }
        className="mono"
        value={prefix}
        maxLength={10}
        readOnly={hasCards}
        error={save.problem?.fault("/prefix")}
        onChange={(event) => setPrefix(event.target.value.toUpperCase())}
      />
    </FormDialog>
  );
}
