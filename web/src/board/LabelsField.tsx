import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import field from "../ui/Field.module.css";
import styles from "./LabelsField.module.css";
import { oneBoard } from "./queries";

/** Labels as small pieces: Enter or a comma adds one, those of the board are proposed, others come to be. */
export function LabelsField({
  board,
  value,
  onChange,
  label = "Labels",
  labelHidden = false,
  hint,
}: {
  board: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  label?: string;
  labelHidden?: boolean;
  hint?: string;
}) {
  const id = useId();
  const [text, setText] = useState("");
  const { data } = useQuery(oneBoard(board));
  const known = (data?.labels ?? []).map((one) => one.name).filter((name) => !value.includes(name));
  const add = (name: string) => {
    const trimmed = name.trim();
    setText("");
    if (trimmed !== "" && !value.includes(trimmed)) onChange([...value, trimmed]);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "," || (event.key === "Enter" && text.trim() !== "")) {
      event.preventDefault();
      add(text);
    }
    if (event.key === "Backspace" && text === "" && value.length > 0) onChange(value.slice(0, -1));
  };
  return (
    <div className={field.field}>
      <label htmlFor={id} className={labelHidden ? "visually-hidden" : field.label}>
        {label}
      </label>
      <div className={`${field.control} ${styles.box}`} data-box>
        {value.map((one) => (
          <span key={one} className={styles.label}>
            <span className="truncate">{one}</span>
            <button
              type="button"
              className={styles.remove}
              aria-label={`Remove ${one}`}
              onClick={() => onChange(value.filter((held) => held !== one))}
            >
              <X size={12} />
            </button>
          </span>
        ))}
        <input
          id={id}
          className={styles.input}
          list={`${id}-known`}
          value={text}
          placeholder={value.length === 0 ? "Type and press Enter" : ""}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          maxLength={100}
          onChange={(event) => {
            const next = event.target.value;
            if (
              known.includes(next) &&
              !(event.nativeEvent instanceof InputEvent && event.nativeEvent.inputType === "insertText")
            )
              add(next);
            else setText(next);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => add(text)}
        />
        <datalist id={`${id}-known`}>
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className={field.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
