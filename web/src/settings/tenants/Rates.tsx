import { useState } from "react";
import { api, ask } from "../../api/client";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import type { Tenant } from "./queries";

const FIELDS = [
  { name: "requests_per_minute", label: "Requests a minute" },
  { name: "events_per_minute", label: "Events a minute" },
  { name: "streams", label: "Live streams at once" },
] as const;

/** A tenant's own rates in place of everybody's. */
export function Rates({ of: tenant, onClose }: { of: Tenant; onClose: () => void }) {
  const [written, setWritten] = useState({ requests_per_minute: "", events_per_minute: "", streams: "" });
  const path = { params: { path: { tenant: tenant.id } } };
  const body = () => Object.fromEntries(FIELDS.map(({ name }) => [name, written[name] === "" ? null : Number(written[name])]));
  const save = useAct(() => ask(api.PUT("/v1/rate_limits/{tenant}", { ...path, body: body() })), ["limits"]);
  const reset = useAct(() => ask(api.DELETE("/v1/rate_limits/{tenant}", path)).then(() => true), ["limits"]);
  return (
    <FormDialog
      title={`How fast ${tenant.name} may ask`}
      description="In force within two seconds, in place of what it had. What is left empty is as for everybody."
      submit="Set"
      busy={save.busy}
      problem={save.problem ?? reset.problem}
      fields={FIELDS.map(({ name }) => `/${name}`)}
      disabled={Object.values(written).every((one) => one === "")}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      {FIELDS.map(({ name, label }) => (
        <TextField
          key={name}
          label={label}
          type="number"
          min={1}
          placeholder="as for everybody"
          value={written[name]}
          error={save.problem?.fault(`/${name}`)}
          onChange={(event) => setWritten({ ...written, [name]: event.target.value })}
        />
      ))}
      <div>
        <Button size="small" busy={reset.busy} onClick={async () => (await reset.run(undefined)) && onClose()}>
          All as for everybody
        </Button>
      </div>
    </FormDialog>
  );
}
