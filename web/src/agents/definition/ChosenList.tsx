import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { IconButton } from "../../ui/Button";
import { Picker, type PickerOption } from "../../ui/Picker";
import styles from "./ChosenList.module.css";

/** Several of many: what is chosen stands below as rows, each with what can be said of it and a button that takes it back. */
export function ChosenList({
  label,
  hint,
  error,
  options,
  value,
  onChange,
  row,
  placeholder,
  noMatch,
}: {
  label: string;
  hint?: ReactNode;
  error?: string;
  options: readonly PickerOption[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** What stands in the row of one: its name, unless said. */
  row?: (one: string) => ReactNode;
  placeholder?: string;
  noMatch?: string;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={styles.field}>
      <Picker
        ref={input}
        label={label}
        hint={hint}
        error={error}
        options={options}
        value={null}
        onChange={(one) => one !== null && onChange([...value, one])}
        placeholder={placeholder}
        noMatch={noMatch}
      />
      {value.length > 0 && (
        <ul className={styles.list} aria-label={`Chosen: ${label.toLowerCase()}`}>
          {value.map((one) => (
            <li key={one} className={styles.one}>
              {row?.(one) ?? <span className={styles.name}>{one}</span>}
              <IconButton
                size="small"
                label={`Leave ${one} out`}
                icon={<X size={14} />}
                onClick={() => {
                  onChange(value.filter((held) => held !== one));
                  input.current?.focus();
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
