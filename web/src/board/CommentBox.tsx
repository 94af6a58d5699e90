import { type KeyboardEvent, type Ref, useId, useMemo, useRef, useState } from "react";
import { Button } from "../ui/Button";
import field from "../ui/Field.module.css";
import { matches, type PickerOption } from "../ui/Picker";
import styles from "./CommentBox.module.css";
import { type Typed, typedMention, withMention } from "./mention";
import { useAssigneeOptions } from "./options";

const PROPOSED_MAX = 6;

/** A box to write in, which proposes whom to mention after an @. Ctrl or ⌘ and Enter send it. */
export function CommentBox({
  label,
  placeholder,
  send,
  sendWord = "Comment",
  first = "",
  onCancel,
  ref,
}: {
  label: string;
  placeholder: string;
  /** Resolves to whether it arrived: then the box is empty again. */
  send: (text: string) => Promise<boolean>;
  sendWord?: string;
  first?: string;
  onCancel?: () => void;
  ref?: Ref<HTMLTextAreaElement>;
}) {
  const id = useId();
  const [text, setText] = useState(first);
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState<Typed | null>(null);
  const [active, setActive] = useState(0);
  const own = useRef<HTMLTextAreaElement | null>(null);
  const options = useAssigneeOptions();
  const proposed = useMemo(
    () => (typed === null ? [] : options.filter((one) => matches(one, typed.query)).slice(0, PROPOSED_MAX)),
    [typed, options],
  );

  const submit = () => {
    const said = text.trim();
    if (said === "" || busy) return;
    setBusy(true);
    void send(said)
      .then((arrived) => arrived && setText(""))
      .finally(() => setBusy(false));
  };
  const look = (element: HTMLTextAreaElement) => {
    setTyped(typedMention(element.value, element.selectionStart));
    setActive(0);
  };
  const choose = (option: PickerOption) => {
    const element = own.current;
    if (typed === null || element === null) return;
    const next = withMention(text, typed, element.selectionStart, option.label);
    setText(next.text);
    setTyped(null);
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(next.caret, next.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const open = proposed.length > 0;
    const chosen = proposed[active];
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    else if (open && event.key === "ArrowDown") setActive((active + 1) % proposed.length);
    else if (open && event.key === "ArrowUp") setActive((active + proposed.length - 1) % proposed.length);
    else if (open && chosen && (event.key === "Enter" || event.key === "Tab")) choose(chosen);
    else if (event.key === "Escape" && open) setTyped(null);
    else if (event.key === "Escape" && onCancel !== undefined) onCancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = proposed.length > 0;
  return (
    <div className={styles.box}>
      <textarea
        ref={(element) => {
          own.current = element;
          if (typeof ref === "function") ref(element);
          else if (ref) ref.current = element;
        }}
        className={`${field.control} ${styles.text}`}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={open ? `${id}-list` : undefined}
        aria-activedescendant={open ? `${id}-${active}` : undefined}
        placeholder={placeholder}
        rows={Math.min(12, Math.max(2, text.split("\n").length))}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          look(event.target);
        }}
        onClick={(event) => look(event.currentTarget)}
        onBlur={() => setTyped(null)}
        onKeyDown={onKeyDown}
      />
      {open && (
        <div role="listbox" id={`${id}-list`} aria-label="Mention" className={styles.list}>
          {proposed.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the keys are those of the box, which keeps the focus
            <div
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              className={styles.option}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(option)}
            >
              {option.icon}
              <span className="truncate">{option.label}</span>
              <span className="faint truncate">{option.hint}</span>
            </div>
          ))}
        </div>
      )}
      <div className={styles.foot}>
        <span className="faint">Markdown · @ mentions</span>
        <span className={styles.gap} />
        {onCancel !== undefined && (
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button size="small" look="ink" busy={busy} disabled={text.trim() === ""} hotkey="mod+Enter" onClick={submit}>
          {sendWord}
        </Button>
      </div>
    </div>
  );
}
