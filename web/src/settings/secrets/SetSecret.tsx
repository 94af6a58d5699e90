import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { agentList } from "../../agents/queries";
import { api, ask } from "../../api/client";
import { functionList } from "../../functions/queries";
import { may } from "../../session";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Picker } from "../../ui/Picker";
import { useAct } from "../../ui/useAct";
import { Fields } from "../Part";
import { type Scope, SECRETS, type Secret, usedBy } from "./queries";

/** A first value, or with `of` the next one of a secret that there is. */
export function SetSecret({ of: secret, onClose }: { of?: Secret; onClose: () => void }) {
  const [name, setName] = useState(secret?.name ?? "");
  const [value, setValue] = useState("");
  const [scope, setScope] = useState<Scope>(secret?.scope ?? "tenant");
  const [subject, setSubject] = useState<string | null>(secret?.subject ?? null);
  const set = useAct(
    () => ask(api.POST("/v1/secrets", { body: { name: name.trim(), value, encoding: "text", scope, subject } })),
    SECRETS,
  );
  const fault = (pointer: string) => set.problem?.fault(pointer);
  return (
    <FormDialog
      title={secret === undefined ? "Set a secret" : `A new value for ${secret.name}`}
      description={
        secret === undefined
          ? "The value is sealed and goes to workers only. Keep a copy where you keep such things: it is never shown again."
          : `Used by ${usedBy(secret)} from then on, without a restart. The version before it stays until it is retired.`
      }
      submit="Set"
      busy={set.busy}
      problem={set.problem}
      fields={["/name", "/value", "/scope", "/subject"]}
      disabled={name.trim() === "" || value === "" || (scope !== "tenant" && subject === null)}
      onClose={onClose}
      onSubmit={async () => (await set.run(undefined)) && onClose()}
    >
      {secret === undefined && (
        <TextField
          label="Name"
          hint="stripe, or provider.openai for this tenant's own key of a provider of models"
          className="mono"
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          value={name}
          error={fault("/name")}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <TextArea
        label="Value"
        code
        rows={3}
        autoComplete="off"
        spellCheck={false}
        value={value}
        error={fault("/value")}
        onChange={(event) => setValue(event.target.value)}
      />
      {secret === undefined && (
        <Fields>
          <SelectField
            label="Who may use it"
            value={scope}
            error={fault("/scope")}
            onChange={(event) => {
              setScope(event.target.value as Scope);
              setSubject(null);
            }}
          >
            <option value="tenant">Everybody here</option>
            <option value="function">One function</option>
            <option value="agent">One agent</option>
            <option value="tool">One tool</option>
          </SelectField>
          {scope !== "tenant" && <Subject scope={scope} value={subject} onChange={setSubject} error={fault("/subject")} />}
        </Fields>
      )}
    </FormDialog>
  );
}

type SubjectProps = { scope: Scope; value: string | null; onChange: (subject: string | null) => void; error?: string };

function Subject({ scope, value, onChange, error }: SubjectProps) {
  const agents = useQuery({ ...agentList, enabled: scope === "agent" && may("agents:read") });
  const functions = useQuery({ ...functionList, enabled: scope === "function" && may("functions:read") });
  if (scope === "tool")
    return (
      <TextField
        label="Which tool"
        value={value ?? ""}
        error={error}
        onChange={(event) => onChange(event.target.value || null)}
      />
    );
  const names =
    scope === "agent" ? agents.data?.map((one) => one.name) : functions.data?.filter((one) => !one.builtin).map((one) => one.id);
  return (
    <Picker
      label={scope === "agent" ? "Which agent" : "Which function"}
      options={(names ?? []).map((name) => ({ value: name, label: name }))}
      value={value}
      onChange={onChange}
      error={error}
    />
  );
}
