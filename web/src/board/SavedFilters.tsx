import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField, TextField } from "../ui/Field";
import { Menu, type MenuItem } from "../ui/Menu";
import { tell } from "../ui/tell";
import { type BoardFilter, isFiltered, serverFilter } from "./board_filter";
import { filterList } from "./queries";

/** Filters under a name: take one, save what is chosen now, delete one that is no longer of use. */
export function SavedFilters({ filter, onTake }: { filter: BoardFilter; onTake: (part: Partial<BoardFilter>) => void }) {
  const client = useQueryClient();
  const { data: saved } = useQuery(filterList);
  const [saving, setSaving] = useState(false);
  const current = saved?.find((one) => one.name === filter.saved);
  const remove = (one: Schema<"FilterOut">) => {
    ask(api.DELETE("/v1/filters/{filter}", { params: { path: { filter: one.id } } }))
      .then(() => {
        onTake({ saved: null });
        return client.invalidateQueries({ queryKey: ["filters"] });
      })
      .catch(tell(`“${one.name}” was not deleted`));
  };
  const items: (MenuItem | "separator")[] = [
    ...(saved ?? []).map((one) => ({
      label: one.name,
      hint: one.shared ? "for everybody" : undefined,
      checked: one.name === filter.saved,
      onSelect: () => onTake({ saved: one.name, assignee: null, labels: [], priorities: [], q: "" }),
    })),
    ...(saved !== undefined && saved.length > 0 ? ["separator" as const] : []),
    {
      label: "Save this filter…",
      disabled: !isFiltered(filter) || filter.saved !== null,
      hint: isFiltered(filter) ? undefined : "Narrow the board down first",
      onSelect: () => setSaving(true),
    },
    ...(current === undefined || (current.shared && !may("tasks:write"))
      ? []
      : [{ label: `Delete “${current.name}”`, danger: true, onSelect: () => remove(current) }]),
  ];
  return (
    <>
      <Menu
        label="Saved filters"
        align="end"
        trigger={
          <Button icon={<Bookmark size={14} />} aria-label="Saved filters">
            Saved
          </Button>
        }
        items={items}
      />
      {saving && (
        <SaveFilter
          filter={filter}
          onClose={() => setSaving(false)}
          onSaved={(name) => {
            setSaving(false);
            onTake({ saved: name, assignee: null, labels: [], priorities: [], q: "" });
          }}
        />
      )}
    </>
  );
}

function SaveFilter({ filter, onClose, onSaved }: { filter: BoardFilter; onClose: () => void; onSaved: (name: string) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const { filter: _, ...query } = serverFilter(filter, "me");
    ask(api.POST("/v1/filters", { body: { name: name.trim(), query, shared } }))
      .then(async (made) => {
        await client.invalidateQueries({ queryKey: ["filters"] });
        onSaved(made.name);
      })
      .catch((reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      });
  };
  const fault = failure instanceof Problem ? failure.fault("/name") : undefined;
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title="Save this filter"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="save-filter" busy={busy} disabled={name.trim() === ""}>
            Save
          </Button>
        </>
      }
    >
      <form id="save-filter" onSubmit={save} style={{ display: "grid", gap: 12 }}>
        <TextField
          label="Name"
          autoFocus
          maxLength={100}
          value={name}
          error={fault}
          onChange={(event) => setName(event.target.value)}
        />
        {may("tasks:write") && (
          <CheckField
            label="For everybody"
            hint="An assignee “me” is whoever looks."
            checked={shared}
            onChange={(event) => setShared(event.target.checked)}
          />
        )}
        {failure !== null && fault === undefined && <Failure reason={failure} />}
      </form>
    </Dialog>
  );
}
