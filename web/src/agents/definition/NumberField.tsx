import type { ReactNode } from "react";
import { TextField } from "../../ui/Field";
import { Unparsed } from "../../ui/json_shape";
import { numberOf } from "../../ui/json_text";

/** A whole number, or nothing. What is no number yet stays as it is typed, and says so. */
export function NumberField({
  label,
  hint,
  error,
  value,
  placeholder,
  onChange,
}: {
  label: string;
  hint?: ReactNode;
  error?: string;
  value: unknown;
  placeholder?: string;
  onChange: (value: number | Unparsed | null) => void;
}) {
  const text = value instanceof Unparsed ? value.text : value === null || value === undefined ? "" : String(value);
  return (
    <TextField
      label={label}
      hint={hint}
      placeholder={placeholder}
      inputMode="numeric"
      autoComplete="off"
      value={text}
      error={value instanceof Unparsed ? value.why : error}
      onChange={(event) => onChange(event.target.value.trim() === "" ? null : numberOf(event.target.value, true))}
    />
  );
}
