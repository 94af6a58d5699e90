import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { agentList } from "../../agents/queries";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Picker } from "../../ui/Picker";
import { useAct } from "../../ui/useAct";
import { Fields } from "../Part";
import { KEYS } from "./queries";
import { ScopeField } from "./ScopeField";

const LIVES = { "": "never", "1d": "in a day", "7d": "in 7 days", "30d": "in 30 days", "90d": "in 90 days", "365d": "in a year" };

export function NewKey({
  onClose,
  onIssued,
}: {
  onClose: () => void;
  onIssued: (key: { name: string; value: string | null }) => void;
}) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(["events:send", "runs:read"]);
  const [life, setLife] = useState("90d");
  const [agent, setAgent] = useState<string | null>(null);
  const [test, setTest] = useState(false);
  const agents = useQuery({ ...agentList, enabled: may("agents:read") });
  const make = useAct(
    () =>
      ask(
        api.POST("/v1/keys", {
          body: { name: name.trim(), scopes, kind: test ? "test" : "live", agent, expires_in: life === "" ? null : life },
        }),
      ),
    KEYS,
  );
  return (
    <FormDialog
      title="New API key"
      submit="Make the key"
      busy={make.busy}
      problem={make.problem}
      fields={["/name", "/expires_in", "/agent"]}
      disabled={name.trim() === "" || scopes.length === 0}
      onClose={onClose}
      onSubmit={async () => {
        const key = await make.run(undefined);
        if (key !== undefined) onIssued(key);
      }}
    >
      <Fields>
        <TextField
          label="Name"
          hint="Where it is used: ci, the shop, atlas at night"
          value={name}
          maxLength={100}
          error={make.problem?.fault("/name")}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="It ends"
          value={life}
          error={make.problem?.fault("/expires_in")}
          onChange={(event) => setLife(event.target.value)}
        >
          {Object.entries(LIVES).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
      </Fields>
      <ScopeField value={scopes} onChange={setScopes} />
      <Picker
        label="It acts as an agent"
        hint="Its acts then stand under the agent's name, and it may at most what agents may."
        placeholder="No, as itself"
        clearable
        options={(agents.data ?? []).map((one) => ({ value: one.name, label: one.name, hint: one.model }))}
        value={agent}
        onChange={setAgent}
        error={make.problem?.fault("/agent")}
      />
      <CheckField
        label="A test key"
        hint="It sends and starts test runs, and sees nothing else."
        checked={test}
        onChange={(event) => setTest(event.target.checked)}
      />
    </FormDialog>
  );
}
