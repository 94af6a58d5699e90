import { type RefObject, useRef } from "react";
import { TextField } from "../ui/Field";

/** A filter of one word. What is typed is put into the address when its writer is done with it, so that each letter is no request. */
export function FilterField({
  label,
  placeholder,
  value,
  onChange,
  inputRef,
}: {
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  inputRef?: RefObject<HTMLInputElement | null>;
}) {
  const own = useRef<HTMLInputElement>(null);
  const input = inputRef ?? own;
  const done = (text: string) => {
    const next = text.trim() || undefined;
    if (next !== value) onChange(next);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        done(input.current?.value ?? "");
      }}
    >
      <TextField
        key={value ?? ""}
        ref={input}
        label={label}
        labelHidden
        type="search"
        placeholder={placeholder}
        defaultValue={value ?? ""}
        maxLength={200}
        onBlur={(event) => done(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation(); // it leaves the field, and closes nothing
          input.current?.blur();
        }}
      />
    </form>
  );
}
