import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { TextField } from "../ui/Field";
import { secretNames } from "./queries";

/** The name of a secret: its value stays where it is. */
export function SecretField({
  label = "Secret",
  value,
  onChange,
  error,
}: {
  label?: string;
  value: string;
  onChange: (next: string) => void;
  error?: string;
}) {
  const listed = useId();
  const { data: names } = useQuery(secretNames);
  return (
    <div>
      <TextField
        label={label}
        className="mono"
        list={listed}
        placeholder="shop"
        maxLength={100}
        autoComplete="off"
        hint={
          <>
            Its name. Values are set under{" "}
            <Link to="/settings/$section" params={{ section: "secrets" }}>
              Settings, Secrets
            </Link>
            .
          </>
        }
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={listed}>
        {(names ?? []).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
