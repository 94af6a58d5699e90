import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronsUpDown, X } from "lucide-react";
import { type ReactNode, type Ref, useId } from "react";
import field from "./Field.module.css";
import styles from "./Picker.module.css";

export type PickerOption = {
  value: string;
  label: string;
  /** Said after the label, and searched too. */
  hint?: string;
  icon?: ReactNode;
  disabled?: boolean;
};

/**
 * Choose one of many by typing a part of its name. Options with the same `label` may have different values (an agent and a person called
 * alike). Empty is null, where `clearable`.
 *
 *     <Picker label="Assignee" options={options} value={chosen} onChange={setChosen} clearable placeholder="Nobody" />
 */
export function Picker({
  label,
  options,
  value,
  onChange,
  labelHidden = false,
  clearable = false,
  placeholder,
  hint,
  error,
  disabled = false,
  open,
  onOpenChange,
  opened = false,
  noMatch = "Nothing of that name",
  ref,
}: {
  label: string;
  options: readonly PickerOption[];
  value: string | null;
  onChange: (value: string | null) => void;
  /** The label is for screen readers alone: the place says what it is. */
  labelHidden?: boolean;
  clearable?: boolean;
  placeholder?: string;
  hint?: ReactNode;
  error?: string;
  disabled?: boolean;
  /** To open it by a key. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** The list is open from the start: where choosing is all there is to do. */
  opened?: boolean;
  noMatch?: string;
  ref?: Ref<HTMLInputElement>;
}) {
  const id = useId();
  // What is chosen stays shown when it is no option any more: an agent that was archived, a person who left.
  const chosen = value === null ? null : (options.find((one) => one.value === value) ?? { value, label: value });
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(" ");
  return (
    <Base.Root
      items={options}
      value={chosen}
      onValueChange={(next: PickerOption | null) => {
        if (next !== null || clearable) onChange(next?.value ?? null);
      }}
      isItemEqualToValue={(one: PickerOption, other: PickerOption) => one.value === other.value}
      itemToStringLabel={(one: PickerOption) => one.label}
      filter={(one: PickerOption, query: string) => matches(one, query)}
      autoHighlight
      disabled={disabled}
      open={open}
      defaultOpen={opened}
      onOpenChange={onOpenChange}
    >
      <div className={field.field}>
        <label htmlFor={id} className={labelHidden ? "visually-hidden" : field.label}>
          {label}
        </label>
        <Base.InputGroup className={styles.group}>
          {chosen?.icon !== undefined && <span className={styles.chosen}>{chosen.icon}</span>}
          <Base.Input
            id={id}
            ref={ref}
            className={`${field.control} ${styles.input}`}
            placeholder={placeholder}
            // In a dialog what is outside of the open list is hidden from screen readers, the label with it.
            aria-label={label}
            data-with-icon={chosen?.icon !== undefined || undefined}
            aria-describedby={described || undefined}
            aria-invalid={error !== undefined || undefined}
            onFocus={(event) => event.currentTarget.select()}
          />
          {clearable && chosen !== null && !disabled && (
            <Base.Clear className={styles.clear} aria-label={`Clear ${label.toLowerCase()}`}>
              <X size={14} />
            </Base.Clear>
          )}
          <Base.Trigger className={styles.trigger} aria-label={`Show all: ${label.toLowerCase()}`} tabIndex={-1}>
            <ChevronsUpDown size={14} />
          </Base.Trigger>
        </Base.InputGroup>
        {hint !== undefined && (
          <p id={`${id}-hint`} className={field.hint}>
            {hint}
          </p>
        )}
        {error !== undefined && (
          <p id={`${id}-error`} className={field.error}>
            ✗ {error}
          </p>
        )}
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className={styles.positioner}>
          <Base.Popup className={styles.popup}>
            <Base.Empty className={styles.empty}>{noMatch}</Base.Empty>
            <Base.List className={styles.list} aria-label={label}>
              {(one: PickerOption) => (
                <Base.Item key={one.value} value={one} disabled={one.disabled} className={styles.item}>
                  {one.icon}
                  <span className={styles.text}>
                    {one.label}
                    {one.hint !== undefined && <span className={styles.hint}>{one.hint}</span>}
                  </span>
                  <Base.ItemIndicator className={styles.tick}>
                    <Check size={14} />
                  </Base.ItemIndicator>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Whether each word of the query begins a word of the label, or stands somewhere in it or in the hint. */
export function matches(option: PickerOption, query: string): boolean {
  const whole = folded(`${option.label} ${option.hint ?? ""} ${option.value}`);
  return folded(query)
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}
