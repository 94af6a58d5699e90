import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Fields } from "../Part";
import { type Board, type BoardColumn, boardChanged, CATEGORIES } from "./queries";

type Category = BoardColumn["category"];

/** A new column, or with `of` one that is changed. */
export function ColumnForm({ board, of: column, onClose }: { board: Board; of?: BoardColumn; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(column?.name ?? "");
  const [category, setCategory] = useState<Category>(column?.category ?? "todo");
  const [limit, setLimit] = useState(column?.wip_limit?.toString() ?? "");
  const [starts, setStarts] = useState(column?.starts ?? false);
  const [park, setPark] = useState(column?.on_leave === "park");
  const [after, setAfter] = useState("");
  const save = useAct(async () => {
    const body = {
      name: name.trim(),
      category,
      wip_limit: limit === "" ? null : Number(limit),
      on_leave: park ? ("park" as const) : ("cancel" as const),
      starts,
    };
    const path = { board: board.prefix };
    await (column === undefined
      ? ask(api.POST("/v1/boards/{board}/columns", { params: { path }, body: { ...body, ...(after === "" ? {} : { after }) } }))
      : ask(api.PATCH("/v1/boards/{board}/columns/{column}", { params: { path: { ...path, column: column.name } }, body })));
    await boardChanged(client, board.prefix);
    return true;
  });
  const fault = (pointer: string) => save.problem?.fault(pointer);
  return (
    <FormDialog
      title={column === undefined ? "New column" : `Column ${column.name}`}
      submit={column === undefined ? "Add it" : "Save"}
      busy={save.busy}
      problem={save.problem}
      fields={["/name", "/category", "/wip_limit", "/after"]}
      disabled={name.trim() === ""}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <Fields>
        <TextField
          label="Name"
          value={name}
          maxLength={100}
          error={fault("/name")}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="It is for"
          hint={CATEGORIES[category].means}
          value={category}
          error={fault("/category")}
          onChange={(event) => {
            const next = event.target.value as Category;
            setCategory(next);
            setStarts(next === "doing");
          }}
        >
          {Object.entries(CATEGORIES).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        <TextField
          label="At most so many cards"
          hint="Empty: no limit"
          type="number"
          min={1}
          value={limit}
          error={fault("/wip_limit")}
          onChange={(event) => setLimit(event.target.value)}
        />
        {column === undefined && (
          <SelectField label="Where" value={after} error={fault("/after")} onChange={(event) => setAfter(event.target.value)}>
            <option value="">at the right end</option>
            {board.columns.map((one) => (
              <option key={one.id} value={one.name}>
                after {one.name}
              </option>
            ))}
          </SelectField>
        )}
      </Fields>
      <CheckField
        label="A card that comes in starts its agent"
        checked={starts}
        onChange={(event) => setStarts(event.target.checked)}
      />
      <CheckField
        label="A card that is moved away only pauses its run"
        hint="Until it is back in a column where agents work. Otherwise the run is cancelled."
        checked={park}
        onChange={(event) => setPark(event.target.checked)}
      />
    </FormDialog>
  );
}
