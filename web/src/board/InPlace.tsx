import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { TextArea } from "../ui/Field";
import styles from "./InPlace.module.css";

/**
 * A text that is changed where it stands. Ctrl or ⌘ and Enter keep it (in one line Enter alone), Escape leaves it as it was. What others change
 * meanwhile does not take away what is being typed.
 */
export function InPlace({
  label,
  value,
  editing,
  onEditing,
  onSave,
  lines = 1,
  lengthMax,
  required = false,
  hint,
  children,
}: {
  label: string;
  value: string;
  editing: boolean;
  onEditing: (editing: boolean) => void;
  /** Resolves to whether it was kept. */
  onSave: (value: string) => Promise<boolean>;
  lines?: number;
  lengthMax?: number;
  required?: boolean;
  hint?: ReactNode;
  /** What is shown while nobody changes it. */
  children: ReactNode;
}) {
  if (!editing) return children;
  return (
    <Editor
      {...{ label, value, lines, lengthMax, required, hint }}
      onDone={() => onEditing(false)}
      onSave={(next) => onSave(next).then((kept) => kept && onEditing(false))}
    />
  );
}

function Editor({
  label,
  value,
  lines,
  lengthMax,
  required,
  hint,
  onSave,
  onDone,
}: {
  label: string;
  value: string;
  lines: number;
  lengthMax?: number;
  required: boolean;
  hint?: ReactNode;
  onSave: (value: string) => Promise<unknown>;
  onDone: () => void;
}) {
  const [text, setText] = useState(value);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length);
  }, []);
  const oneLine = lines === 1;
  const wrong = required && text.trim() === "";
  const save = () => {
    if (wrong) return;
    const next = oneLine ? text.replace(/\s*\n\s*/g, " ").trim() : text;
    if (next === value) return onDone();
    setBusy(true);
    void onSave(next).finally(() => setBusy(false));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onDone();
    }
    if (event.key === "Enter" && (oneLine || event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      save();
    }
  };
  return (
    <div className={styles.editor}>
      <TextArea
        ref={field}
        label={label}
        labelHidden
        hint={hint}
        rows={oneLine ? Math.max(1, Math.ceil(text.length / 70)) : lines}
        maxLength={lengthMax}
        value={text}
        error={wrong ? "It cannot be empty" : undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.acts}>
        <Button size="small" look="ink" busy={busy} disabled={wrong} onClick={save}>
          Save
        </Button>
        <Button size="small" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
