import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { functionList } from "../../functions/queries";
import { may } from "../../session";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Picker } from "../../ui/Picker";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Fields } from "../Part";
import { CHANNELS, fetchChannels, KINDS, RULES } from "./queries";

export function NewRule({ onClose }: { onClose: () => void }) {
  const channels = usePages(CHANNELS, fetchChannels);
  const functions = useQuery({ ...functionList, enabled: may("functions:read") });
  const [name, setName] = useState("");
  const [kind, setKind] = useState("failed_runs");
  const [told, setTold] = useState<string[]>([]);
  const [of, setOf] = useState<string | null>(null);
  const [threshold, setThreshold] = useState("3");
  const [span, setSpan] = useState("");
  const [quiet, setQuiet] = useState("4h");
  const chosen = KINDS[kind];
  const add = useAct(
    () =>
      ask(
        api.POST("/v1/alert_rules", {
          body: {
            name: name.trim(),
            kind,
            channels: told,
            function: chosen?.counts ? of : null,
            threshold: chosen?.counts ? Number(threshold) : 1,
            window: span.trim() === "" ? null : span.trim(),
            quiet: quiet.trim(),
          },
        }),
      ),
    RULES,
  );
  const fault = (pointer: string) => add.problem?.fault(pointer);
  return (
    <FormDialog
      title="New rule"
      submit="Watch this"
      busy={add.busy}
      problem={add.problem}
      fields={["/name", "/kind", "/channels", "/channels/0", "/function", "/threshold", "/window", "/quiet"]}
      disabled={name.trim() === "" || told.length === 0}
      onClose={onClose}
      onSubmit={async () => (await add.run(undefined)) && onClose()}
    >
      <Fields>
        <TextField
          label="Name"
          hint="Small letters, digits, - and _"
          value={name}
          maxLength={63}
          error={fault("/name")}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="When"
          hint={chosen === undefined ? undefined : `Open while ${chosen.says}${chosen.window === "" ? "" : " …"}`}
          value={kind}
          error={fault("/kind")}
          onChange={(event) => setKind(event.target.value)}
        >
          {Object.entries(KINDS).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {chosen?.counts && (
          <TextField
            label="How many"
            type="number"
            min={1}
            value={threshold}
            error={fault("/threshold")}
            onChange={(event) => setThreshold(event.target.value)}
          />
        )}
        {chosen?.window !== "" && (
          <TextField
            label={chosen?.counts ? "Within" : "For longer than"}
            placeholder={chosen?.window}
            hint="30s, 10m, 4h"
            value={span}
            error={fault("/window")}
            onChange={(event) => setSpan(event.target.value)}
          />
        )}
        <TextField
          label="Tell again after"
          hint="While it stays open"
          value={quiet}
          error={fault("/quiet")}
          onChange={(event) => setQuiet(event.target.value)}
        />
      </Fields>
      {chosen?.counts && (
        <Picker
          label="Only of one function"
          placeholder="Each function is counted by itself"
          clearable
          options={(functions.data ?? []).map((one) => ({ value: one.id, label: one.id }))}
          value={of}
          onChange={setOf}
          error={fault("/function")}
        />
      )}
      <fieldset style={{ display: "grid", gap: 8 }}>
        <legend style={{ padding: "0 0 8px", fontSize: 13, fontWeight: 500 }}>Tell</legend>
        {channels.rows?.map((channel) => (
          <CheckField
            key={channel.id}
            label={channel.name}
            checked={told.includes(channel.name)}
            onChange={(event) =>
              setTold(event.target.checked ? [...told, channel.name] : told.filter((one) => one !== channel.name))
            }
          />
        ))}
        {channels.rows?.length === 0 && <p className="quiet">There is no channel yet: add one first.</p>}
      </fieldset>
    </FormDialog>
  );
}
