import { useState } from "react";
import { api, ask } from "../../api/client";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { KEYS, type Key } from "./queries";
import { ScopeField } from "./ScopeField";

export function EditKey({ of: key, onClose }: { of: Key; onClose: () => void }) {
  const [name, setName] = useState(key.name);
  const [scopes, setScopes] = useState(key.scopes);
  const save = useAct(
    () => ask(api.PATCH("/v1/keys/{key}", { params: { path: { key: key.id } }, body: { name, scopes } })),
    KEYS,
  );
  return (
    <FormDialog
      title={`Key ${key.name}`}
      submit="Save"
      busy={save.busy}
      problem={save.problem}
      fields={["/name"]}
      disabled={scopes.length === 0 || name.trim() === ""}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        error={save.problem?.fault("/name")}
        onChange={(event) => setName(event.target.value)}
      />
      <ScopeField value={scopes} onChange={setScopes} />
    </FormDialog>
  );
}
