import { useEffect, useId, useRef, useState } from "react";
import type { Fault } from "../api/problem";
import { Button } from "./Button";
import { faultsOf, saidAt } from "./json_fault";
import { isRecord, type JsonSchema, resolve, shapeOf, Unparsed } from "./json_shape";
import { JsonArea, SchemaField } from "./SchemaField";
import styles from "./SchemaForm.module.css";

/**
 * A form made from a JSON Schema, and the same value as JSON behind a switch. What it has no drawing for is a JSON text area in its place.
 * The value is the caller's; `faultsOf(schema, value)` tells what is wrong with it before it is sent, and a Problem's `errors` what the server
 * found, both by JSON pointer. Do not send a value that has faults: half a number stays in it as `Unparsed`.
 *
 *     <SchemaForm label="Arguments" schema={schema} value={value} onChange={setValue} faults={problem?.errors} at="/arguments" />
 */
export function SchemaForm({
  label,
  schema,
  value,
  onChange,
  faults = [],
  at = "",
  original,
  autoFocus = false,
}: {
  label: string;
  schema: JsonSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  faults?: readonly Fault[];
  /** Where the value stands in what is sent: the faults of the server point from there. */
  at?: string;
  /** What it was: each field that differs says so. */
  original?: unknown;
  /** Put the cursor into the first field. */
  autoFocus?: boolean;
}) {
  const id = useId();
  const place = useRef<HTMLFieldSetElement>(null);
  const [asText, setAsText] = useState(false);
  const own = resolve(schema, schema).schema;
  const drawn = shapeOf(own, value);
  const isForm = drawn.kind === "object";
  const inside = faults.flatMap((one) =>
    one.pointer?.startsWith(at) ? [{ ...one, pointer: one.pointer.slice(at.length) }] : [],
  );
  const whole = saidAt(inside, "", false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the cursor goes there once, when the form is opened
  useEffect(() => {
    if (autoFocus) place.current?.querySelector<HTMLElement>("input:not([readonly]), select, textarea")?.focus();
  }, []);

  return (
    <fieldset ref={place} aria-labelledby={id} className={styles.form}>
      <div className={styles.head}>
        <span id={id} className={styles.label}>
          {label}
        </span>
        {isForm && (
          <Button
            size="small"
            look="bare"
            aria-pressed={asText}
            disabled={value instanceof Unparsed}
            onClick={() => setAsText(!asText)}
          >
            {asText ? "As a form" : "As JSON"}
          </Button>
        )}
      </div>
      {isForm && !asText ? (
        <>
          {whole !== undefined && (
            <p role="alert" className={styles.whole}>
              ✗ {whole}
            </p>
          )}
          {drawn.fields.map((field) => (
            <SchemaField
              key={field.name}
              field={field}
              root={schema}
              value={isRecord(value) && Object.hasOwn(value, field.name) ? value[field.name] : undefined}
              original={isRecord(original) && Object.hasOwn(original, field.name) ? original[field.name] : undefined}
              compared={original !== undefined}
              onChange={(next) => onChange(withField(value, field.name, next))}
              pointer={`/${field.name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
              faults={[...inside, ...unparsed(schema, value)]}
              depth={1}
            />
          ))}
        </>
      ) : (
        <JsonArea
          label={`${label} as JSON`}
          labelHidden
          value={value}
          onChange={onChange}
          error={saidAt(inside, "", true)}
          rows={8}
        />
      )}
    </fieldset>
  );
}

/** What is half typed is told at once; the rest when somebody tried to send it. */
function unparsed(schema: JsonSchema, value: unknown): Fault[] {
  return holdsUnparsed(value) ? faultsOf(schema, value).filter((one) => unparsedAt(value, one.pointer ?? "")) : [];
}

function holdsUnparsed(value: unknown): boolean {
  if (value instanceof Unparsed) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnparsed);
}

function unparsedAt(value: unknown, pointer: string): boolean {
  let held = value;
  for (const part of pointer.split("/").slice(1)) {
    if (typeof held !== "object" || held === null) return false;
    held = (held as Record<string, unknown>)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return held instanceof Unparsed;
}

/** The object with another value in one place, in the order that it had; undefined leaves the place out. */
export function withField(value: unknown, name: string, next: unknown): Record<string, unknown> {
  const held = isRecord(value) ? { ...value } : {};
  if (next === undefined) delete held[name];
  else Object.defineProperty(held, name, { value: next, enumerable: true, configurable: true, writable: true });
  return held;
}
