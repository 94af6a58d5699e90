import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { SelectField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { type Board, type BoardColumn, boardChanged } from "./queries";

/** A column goes; its cards go elsewhere. */
export function DeleteColumn({ board, of: column, onClose }: { board: Board; of: BoardColumn; onClose: () => void }) {
  const client = useQueryClient();
  const others = board.columns.filter((one) => one !== column);
  const [to, setTo] = useState(others.find((one) => one.category === column.category)?.name ?? others[0]?.name ?? "");
  const remove = useAct(async () => {
    const path = { board: board.prefix, column: column.name };
    await ask(
      api.DELETE("/v1/boards/{board}/columns/{column}", {
        params: { path, query: { move_to: column.count > 0 ? to : undefined } },
      }),
    );
    await boardChanged(client, board.prefix);
    return true;
  });
  return (
    <FormDialog
      title={`Delete ${column.name}`}
      description={
        column.count === 0
          ? "It is empty. Archived cards that stood in it go to the first column."
          : `${column.count === 1 ? "Its card goes" : `Its ${column.count} cards go`} to another column; agents whose cards move are treated as that column says.`
      }
      submit="Delete"
      danger
      size="small"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      {column.count > 0 && (
        <SelectField label="The cards go to" value={to} onChange={(event) => setTo(event.target.value)}>
          {others.map((one) => (
            <option key={one.id} value={one.name}>
              {one.name}
            </option>
          ))}
        </SelectField>
      )}
    </FormDialog>
  );
}
