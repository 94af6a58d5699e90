import { type ReactNode, useState } from "react";
import { TextField } from "../../ui/Field";

/** Several names in one line, with commas between them. */
export function NamesField({
  label,
  hint,
  error,
  placeholder,
  value,
  onChange,
}: {
  label: string;
  hint?: ReactNode;
  error?: string;
  placeholder?: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
}) {
  const [typed, setTyped] = useState<{ text: string; names: string } | null>(null);
  const names = value.join(", ");
  return (
    <TextField
      label={label}
      hint={hint}
      error={error}
      placeholder={placeholder}
      className="mono"
      autoComplete="off"
      spellCheck={false}
      value={typed !== null && typed.names === names ? typed.text : names}
      onChange={(event) => {
        const text = event.target.value;
        const next = text.split(/[\s,]+/).filter(Boolean);
        setTyped({ text, names: next.join(", ") });
        onChange(next);
      }}
    />
  );
}
