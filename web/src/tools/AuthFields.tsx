import type { Problem } from "../api/problem";
import { SelectField, TextField } from "../ui/Field";
import styles from "./Form.module.css";
import { SecretField } from "./SecretField";

export type Auth = { kind: "bearer" | "basic" | "api_key"; secret?: string; username?: string; name?: string; place?: string };

/** How a call says who makes it. */
export function AuthFields({
  auth,
  onChange,
  problem,
}: {
  auth: Auth | null;
  onChange: (next: Auth | null) => void;
  problem: Problem | null;
}) {
  const change = (next: Partial<Auth>) => auth !== null && onChange({ ...auth, ...next });
  return (
    <div className={styles.pair}>
      <SelectField
        label="Who calls"
        value={auth?.kind ?? ""}
        error={problem?.fault("/auth") ?? problem?.fault("/auth/kind")}
        onChange={(event) => onChange(begun(event.target.value, auth?.secret ?? ""))}
      >
        <option value="">nobody says</option>
        <option value="bearer">a bearer token</option>
        <option value="basic">a user and a password</option>
        <option value="api_key">an API key</option>
      </SelectField>
      {auth?.kind === "basic" && (
        <TextField
          label="User"
          value={auth.username ?? ""}
          error={problem?.fault("/auth/username")}
          onChange={(event) => change({ username: event.target.value })}
        />
      )}
      {auth?.kind === "api_key" && (
        <>
          <SelectField
            label="Where it stands"
            value={auth.place ?? "header"}
            onChange={(event) => change({ place: event.target.value })}
          >
            <option value="header">in a header</option>
            <option value="query">in the query</option>
          </SelectField>
          <TextField
            label="Name of the header or parameter"
            className="mono"
            placeholder="X-Api-Key"
            value={auth.name ?? ""}
            error={problem?.fault("/auth/name")}
            onChange={(event) => change({ name: event.target.value })}
          />
        </>
      )}
      {auth !== null && (
        <SecretField
          label={auth.kind === "basic" ? "Secret with the password" : "Secret"}
          value={auth.secret ?? ""}
          error={problem?.fault("/auth/secret")}
          onChange={(secret) => change({ secret })}
        />
      )}
    </div>
  );
}

function begun(kind: string, secret: string): Auth | null {
  switch (kind) {
    case "bearer":
      return { kind, secret };
    case "basic":
      return { kind, secret, username: "" };
    case "api_key":
      return { kind, secret, name: "", place: "header" };
    default:
      return null;
  }
}
