import { useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "../../ui/useAct";
import { Fields } from "../Part";
import { CHANNELS } from "./queries";

type Kind = "webhook" | "slack" | "smtp";
type Place = { name: string; label: string; hint?: string; placeholder?: string; kinds: Kind[] };

const PLACES: Place[] = [
  { name: "url", label: "Address", placeholder: "https://hooks.example.com/flowforge", kinds: ["webhook"] },
  {
    name: "url_env",
    label: "Variable with the address",
    hint: "Its name begins with FLOWFORGE_ALERT_",
    placeholder: "FLOWFORGE_ALERT_SLACK_URL",
    kinds: ["slack"],
  },
  {
    name: "secret_env",
    label: "Variable with the signing key",
    hint: "Empty: not signed",
    placeholder: "FLOWFORGE_ALERT_SECRET",
    kinds: ["webhook"],
  },
  { name: "host", label: "Mail server", placeholder: "mail.example.com", kinds: ["smtp"] },
  { name: "port", label: "Port", placeholder: "587", kinds: ["smtp"] },
  { name: "sender", label: "From", placeholder: "flowforge@example.com", kinds: ["smtp"] },
  { name: "to", label: "To", hint: "Several with commas between them", placeholder: "ops@example.com", kinds: ["smtp"] },
  { name: "username", label: "User", hint: "Empty: no sign-in", kinds: ["smtp"] },
  { name: "password_env", label: "Variable with the password", placeholder: "FLOWFORGE_ALERT_SMTP_PASSWORD", kinds: ["smtp"] },
];

export function NewChannel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("webhook");
  const [tls, setTls] = useState("starttls");
  const [written, setWritten] = useState<Record<string, string>>({});
  const [approvals, setApprovals] = useState(false);
  const [decides, setDecides] = useState(false);
  const places = PLACES.filter((place) => place.kinds.includes(kind));
  const add = useAct(() => ask(api.POST("/v1/alert_channels", { body: { name: name.trim(), settings: settings() } })), CHANNELS);

  const settings = (): Schema<"ChannelIn">["settings"] => {
    const values = Object.fromEntries(places.map((place) => [place.name, written[place.name]?.trim() || undefined]));
    const more =
      kind === "smtp"
        ? { tls, to: values.to?.split(/[\s,]+/) ?? [], port: values.port === undefined ? undefined : Number(values.port) }
        : {};
    return {
      kind,
      ...values,
      ...more,
      approvals: approvals || undefined,
      link_decides: (approvals && decides) || undefined,
    } as Schema<"ChannelIn">["settings"];
  };
  // The server names the field of one kind of settings: /settings/smtp/host.
  const fault = (place: string) =>
    add.problem?.errors.find((one) => one.pointer?.startsWith("/settings") && one.pointer.split("/").includes(place))?.detail;
  const pointers = add.problem?.errors
    .map((one) => one.pointer ?? "")
    .filter((one) => one === "/name" || places.some((place) => one.split("/").includes(place.name)));

  return (
    <FormDialog
      title="New channel"
      submit="Add it"
      busy={add.busy}
      problem={add.problem}
      fields={pointers}
      disabled={name.trim() === ""}
      onClose={onClose}
      onSubmit={async () => (await add.run(undefined)) && onClose()}
    >
      <Fields>
        <TextField
          label="Name"
          hint="Small letters, digits, - and _"
          value={name}
          maxLength={63}
          error={add.problem?.fault("/name")}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField label="By" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
          <option value="webhook">Webhook</option>
          <option value="slack">Slack</option>
          <option value="smtp">Mail</option>
        </SelectField>
        {places.map((place) => (
          <TextField
            key={place.name}
            label={place.label}
            hint={place.hint}
            placeholder={place.placeholder}
            spellCheck={false}
            autoComplete="off"
            value={written[place.name] ?? ""}
            error={fault(place.name)}
            onChange={(event) => setWritten({ ...written, [place.name]: event.target.value })}
          />
        ))}
        {kind === "smtp" && (
          <SelectField label="Encryption" value={tls} onChange={(event) => setTls(event.target.value)}>
            <option value="starttls">STARTTLS</option>
            <option value="tls">TLS from the start</option>
            <option value="none">None</option>
          </SelectField>
        )}
      </Fields>
      <CheckField
        label="Told of approvals that wait, too"
        hint="With a link to each. Messages hold no arguments."
        checked={approvals}
        onChange={(event) => setApprovals(event.target.checked)}
      />
      {approvals && (
        <CheckField
          label="Whoever has the link may decide"
          hint="Without a sign-in, once: for receivers that you trust as you would a key."
          checked={decides}
          onChange={(event) => setDecides(event.target.checked)}
        />
      )}
    </FormDialog>
  );
}
