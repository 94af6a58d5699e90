import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import type { Fault } from "../api/problem";
import { Button, IconButton } from "./Button";
import { CheckField, SelectField, TextArea, TextField } from "./Field";
import { pointTo, saidAt } from "./json_fault";
import {
  blank,
  type Field,
  isRecord,
  type JsonSchema,
  limitsOf,
  resolve,
  type Scalar,
  type Shape,
  shapeOf,
  Unparsed,
} from "./json_shape";
import { amountFrom, localMoment, momentOfLocal, numberOf } from "./json_text";
import styles from "./SchemaForm.module.css";

type Part = {
  field: Field;
  root: JsonSchema;
  value: unknown;
  original: unknown;
  /** There is an original that this is compared with. */
  compared: boolean;
  /** Undefined leaves the place out. */
  onChange: (value: unknown) => void;
  pointer: string;
  faults: readonly Fault[];
  depth: number;
};

/** One named part of a form made from a JSON Schema. */
export function SchemaField(part: Part) {
  const { field, root, value, compared, original } = part;
  const { schema, nullable } = resolve(field.schema, root);
  const shape = shapeOf(schema, value, part.depth);
  const label = field.required ? field.name : `${field.name} (${field.extra ? "not in the schema" : "optional"})`;
  const limits = limitsOf(schema);
  const described = typeof schema.description === "string" ? schema.description : "";
  const was = compared && !alike(value, original) ? `Was ${original === undefined ? "left out" : brief(original)}.` : "";
  const hint =
    [described, limits && `${limits[0]?.toUpperCase()}${limits.slice(1)}.`, was].filter(Boolean).join(" ") || undefined;
  const common = { label, hint, error: saidAt(part.faults, part.pointer, shape.kind === "json") };
  const left = field.required ? (nullable ? null : undefined) : undefined;

  switch (shape.kind) {
    case "text":
      return <TextPart {...part} {...common} shape={shape} left={left} />;
    case "number":
      return <NumberPart {...part} {...common} shape={shape} left={left} />;
    case "boolean":
      return <BooleanPart {...part} {...common} sure={field.required && !nullable} left={left} />;
    case "choice":
      return <ChoicePart {...part} {...common} options={shape.options} sure={field.required && !nullable} left={left} />;
    case "list":
      return <ListPart {...part} {...common} item={shape.item} />;
    case "object":
      return <ObjectPart {...part} {...common} fields={shape.fields} schema={schema} />;
    default:
      return <JsonArea {...common} value={value} onChange={part.onChange} />;
  }
}

type Common = { label: string; hint?: string; error?: string };
/** `left`: what an emptied field stands for. */
type Emptied = { left: null | undefined };

function TextPart({
  value,
  onChange,
  shape,
  left,
  field,
  ...common
}: Part & Common & Emptied & { shape: Extract<Shape, { kind: "text" }> }) {
  // Once somebody types it stays what it was: a line that became an area would lose the cursor.
  const [long] = useState(shape.long);
  const shown = typeof value === "string" ? value : "";
  const change = (text: string) => onChange(text === "" && (!field.required || left === null) ? left : text);
  const { label, hint, error } = common;
  if (long)
    return <TextArea {...{ label, hint, error }} rows={5} value={shown} onChange={(event) => change(event.target.value)} />;
  if (shape.type === "date-time")
    return (
      <TextField
        {...{ label, error }}
        hint={[hint, "In your own time zone."].filter(Boolean).join(" ")}
        type="datetime-local"
        step={1}
        value={localMoment(shown)}
        onChange={(event) => change(momentOfLocal(event.target.value))}
      />
    );
  return (
    <TextField {...{ label, hint, error }} type={shape.type} value={shown} onChange={(event) => change(event.target.value)} />
  );
}

function NumberPart({
  value,
  onChange,
  shape,
  left,
  label,
  hint,
  error,
}: Part & Common & Emptied & { shape: Extract<Shape, { kind: "number" }> }) {
  const [typed, setTyped] = useState("");
  const read = (text: string) => (shape.orText ? amountFrom(text, typeof value === "string") : numberOf(text, shape.integer));
  const told =
    value instanceof Unparsed ? value.text : typeof value === "number" || typeof value === "string" ? String(value) : "";
  // "4." and "4" are one number: what was typed stays as it was typed while it says the same.
  const parsed = read(typed);
  const shown = typed !== "" && (parsed === value || (parsed instanceof Unparsed && told === typed)) ? typed : told;
  return (
    <TextField
      {...{ label, hint, error }}
      inputMode={shape.integer ? "numeric" : "decimal"}
      autoComplete="off"
      className="number"
      value={shown}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(event.target.value.trim() === "" ? left : read(event.target.value));
      }}
    />
  );
}

function BooleanPart({ value, onChange, sure, left, label, hint, error }: Part & Common & Emptied & { sure: boolean }) {
  if (sure || typeof value === "boolean")
    return (
      <CheckField {...{ label, hint, error }} checked={value === true} onChange={(event) => onChange(event.target.checked)} />
    );
  return (
    <SelectField
      {...{ label, hint, error }}
      value=""
      onChange={(event) => onChange(event.target.value === "" ? left : event.target.value === "yes")}
    >
      <option value="">Not given</option>
      <option value="yes">Yes</option>
      <option value="no">No</option>
    </SelectField>
  );
}

function ChoicePart({
  value,
  onChange,
  options,
  sure,
  left,
  label,
  hint,
  error,
}: Part & Common & Emptied & { options: readonly Scalar[]; sure: boolean }) {
  const index = options.indexOf(value as Scalar);
  if (sure && options.length === 1 && index === 0)
    return <TextField {...{ label, error }} hint={hint ?? "It cannot be another."} readOnly value={brief(value)} />;
  const foreign = index < 0 && value !== undefined && value !== null;
  return (
    <SelectField
      {...{ label, hint, error }}
      value={index < 0 ? "" : String(index)}
      onChange={(event) => onChange(event.target.value === "" ? left : options[Number(event.target.value)])}
    >
      {(index < 0 || !sure) && (
        <option value="">{foreign ? `${brief(value)} (not in the list)` : sure ? "Choose" : "Not given"}</option>
      )}
      {options.map((option, place) => (
        <option key={JSON.stringify(option)} value={place}>
          {typeof option === "string" ? option : JSON.stringify(option)}
        </option>
      ))}
    </SelectField>
  );
}

function ListPart({
  value,
  onChange,
  item,
  root,
  pointer,
  faults,
  depth,
  label,
  hint,
  error,
}: Part & Common & { item: JsonSchema }) {
  const items = Array.isArray(value) ? value : [];
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
      {items.map((one, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place in the list
        <div key={index} className={styles.item}>
          <SchemaField
            field={{ name: `${index + 1}`, schema: item, required: true, extra: false }}
            root={root}
            value={one}
            original={undefined}
            compared={false}
            onChange={(next) => onChange(items.with(index, next ?? ""))}
            pointer={pointTo(pointer, index)}
            faults={faults}
            depth={depth + 1}
          />
          <IconButton
            label={`Take ${index + 1} out`}
            icon={<X size={14} />}
            onClick={() => onChange(items.filter((_, place) => place !== index))}
          />
        </div>
      ))}
      {error !== undefined && <p className={styles.error}>✗ {error}</p>}
      <Button size="small" icon={<Plus size={14} />} onClick={() => onChange([...items, blank(item, root) ?? ""])}>
        Add one
      </Button>
    </fieldset>
  );
}

function ObjectPart({
  value,
  onChange,
  fields,
  schema,
  field,
  root,
  original,
  compared,
  pointer,
  faults,
  depth,
  label,
  hint,
  error,
}: Part & Common & { fields: readonly Field[]; schema: JsonSchema }) {
  const held = isRecord(value) ? value : undefined;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
      {error !== undefined && <p className={styles.error}>✗ {error}</p>}
      {held === undefined ? (
        <Button size="small" icon={<Plus size={14} />} onClick={() => onChange(blank(schema, root) ?? {})}>
          Fill in {field.name}
        </Button>
      ) : (
        <>
          {fields.map((one) => (
            <SchemaField
              key={one.name}
              field={one}
              root={root}
              value={Object.hasOwn(held, one.name) ? held[one.name] : undefined}
              original={isRecord(original) && Object.hasOwn(original, one.name) ? original[one.name] : undefined}
              compared={compared}
              onChange={(next) => onChange(changed(held, one.name, next))}
              pointer={pointTo(pointer, one.name)}
              faults={faults}
              depth={depth + 1}
            />
          ))}
          {!field.required && (
            <Button size="small" icon={<X size={14} />} onClick={() => onChange(undefined)}>
              Leave {field.name} out
            </Button>
          )}
        </>
      )}
    </fieldset>
  );
}

/** Any JSON, as text. What does not parse yet stays as it was typed and says why. */
export function JsonArea({
  value,
  onChange,
  label,
  labelHidden,
  hint,
  error,
  rows,
}: Common & { value: unknown; onChange: (value: unknown) => void; labelHidden?: boolean; rows?: number }) {
  const [typed, setTyped] = useState<{ text: string; value: unknown } | null>(null);
  const id = useId();
  const told = value === undefined ? "" : value instanceof Unparsed ? value.text : JSON.stringify(value, null, 2);
  const shown = typed !== null && typed.value === value ? typed.text : told;
  return (
    <TextArea
      key={id}
      {...{ label, labelHidden, hint }}
      error={value instanceof Unparsed ? value.why : error}
      code
      spellCheck={false}
      rows={rows ?? Math.min(12, Math.max(2, shown.split("\n").length))}
      value={shown}
      onChange={(event) => {
        const next = parsed(event.target.value);
        setTyped({ text: event.target.value, value: next });
        onChange(next);
      }}
    />
  );
}

function parsed(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (reason) {
    return new Unparsed(text, `This is not JSON yet: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}

function changed(held: Record<string, unknown>, name: string, next: unknown): Record<string, unknown> {
  const copy = { ...held };
  if (next === undefined) delete copy[name];
  else copy[name] = next;
  return copy;
}

function alike(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
