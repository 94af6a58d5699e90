import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { IconButton } from "../../ui/Button";
import { Danger } from "../../ui/Danger";
import { CheckField, SelectField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Menu } from "../../ui/Menu";
import { useAct } from "../../ui/useAct";
import { EditKey } from "./EditKey";
import { KEYS, type Key } from "./queries";

/** What can be done with one key. */
export function KeyActs({ of: key, onIssued }: { of: Key; onIssued: (key: { name: string; value: string | null }) => void }) {
  const [open, setOpen] = useState<"edit" | "rotate" | "revoke" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        align="end"
        label={`Key ${key.name}`}
        trigger={<IconButton size="small" label={`Acts of the key ${key.name}`} icon={<Ellipsis size={16} />} />}
        items={[
          { label: "Rename or change what it may…", onSelect: () => setOpen("edit") },
          { label: "Rotate…", hint: "A new value; the old one ends later", onSelect: () => setOpen("rotate") },
          "separator",
          { label: "Revoke…", danger: true, onSelect: () => setOpen("revoke") },
        ]}
      />
      {open === "edit" && <EditKey of={key} onClose={close} />}
      {open === "rotate" && <Rotate of={key} onClose={close} onIssued={onIssued} />}
      {open === "revoke" && <Revoke of={key} onClose={close} />}
    </>
  );
}

const GRACE = { "24h": "24 hours", "0s": "not at all", "7d": "7 days", "30d": "30 days" };

function Rotate({
  of: key,
  onClose,
  onIssued,
}: {
  of: Key;
  onClose: () => void;
  onIssued: (key: { name: string; value: string | null }) => void;
}) {
  const [grace, setGrace] = useState("24h");
  const [endOld, setEndOld] = useState(false);
  const rotate = useAct(
    () => ask(api.POST("/v1/keys/{key}/rotation", { params: { path: { key: key.id } }, body: { grace, end_old: endOld } })),
    KEYS,
  );
  return (
    <FormDialog
      title={`Rotate ${key.name}`}
      description="The key gets a new value. Programs go on with the old one until they have been given the new one."
      submit="Rotate"
      size="small"
      busy={rotate.busy}
      problem={rotate.problem}
      fields={["/grace"]}
      onClose={onClose}
      onSubmit={async () => {
        const issued = await rotate.run(undefined);
        if (issued === undefined) return;
        onClose();
        onIssued(issued);
      }}
    >
      <SelectField
        label="The old value stays good"
        value={grace}
        error={rotate.problem?.fault("/grace")}
        onChange={(event) => setGrace(event.target.value)}
      >
        {Object.entries(GRACE).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      {key.old_good_until !== null && (
        <CheckField
          label="End what the last rotation left good"
          hint="Two values are good at the same time, never three."
          checked={endOld}
          onChange={(event) => setEndOld(event.target.checked)}
        />
      )}
    </FormDialog>
  );
}

function Revoke({ of: key, onClose }: { of: Key; onClose: () => void }) {
  const revoke = useAct(() => ask(api.DELETE("/v1/keys/{key}", { params: { path: { key: key.id } } })).then(() => true), KEYS);
  return (
    <Danger
      title={`Revoke ${key.name}`}
      submit="Revoke"
      busy={revoke.busy}
      problem={revoke.problem}
      onClose={onClose}
      onSubmit={async () => (await revoke.run(undefined)) && onClose()}
    >
      Whatever uses it is refused from now on, and so are the keys that it has made. It cannot be taken back; its entry stays on
      record.
    </Danger>
  );
}
