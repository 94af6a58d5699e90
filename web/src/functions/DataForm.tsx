import { useState } from "react";
import type { Fault } from "../api/problem";
import { faultsOf } from "../ui/json_fault";
import { blank, type JsonSchema, Unparsed } from "../ui/json_shape";
import { SchemaForm } from "../ui/SchemaForm";

const ANY_OBJECT: JsonSchema = { type: "object" };

export type DataInput = {
  value: unknown;
  /** What keeps it from being sent at all: it is no JSON, or no object. */
  unsendable: boolean;
  /** What its schema has against it. The server takes it all the same; what gets it will not. */
  faults: Fault[];
  set: (value: unknown) => void;
};

/** Data that somebody writes: `begun` where it is known already, else what the schema begins with, until it is touched. */
export function useData(schema: JsonSchema | null, begun?: unknown): DataInput {
  const [typed, setTyped] = useState<{ value: unknown } | null>(begun === undefined ? null : { value: begun });
  const value = typed === null ? (schema === null ? {} : (blank(schema) ?? {})) : typed.value;
  const sent = value === undefined ? {} : value;
  const isObject = typeof sent === "object" && sent !== null && !Array.isArray(sent) && !(sent instanceof Unparsed);
  return {
    value: sent,
    unsendable: !isObject || holdsUnparsed(sent),
    faults: isObject ? faultsOf(schema ?? ANY_OBJECT, sent) : [{ pointer: "", detail: "This has to be an object, as in {}." }],
    set: (next) => setTyped({ value: next }),
  };
}

/** A form where the schema is known, JSON where it is not. Faults are shown once somebody has tried to send it. */
export function DataForm({
  label,
  schema,
  data,
  tried,
  faults = [],
  at,
}: {
  label: string;
  schema: JsonSchema | null;
  data: DataInput;
  tried: boolean;
  /** What the server found. */
  faults?: readonly Fault[];
  at: string;
}) {
  const own = tried ? data.faults.map((one) => ({ ...one, pointer: `${at}${one.pointer ?? ""}` })) : [];
  return (
    <SchemaForm
      key={schema === null ? "json" : "form"}
      label={label}
      schema={schema ?? ANY_OBJECT}
      value={data.value}
      onChange={data.set}
      faults={[...own, ...faults]}
      at={at}
    />
  );
}

/** Put the cursor where the first thing is to be mended, once the faults are drawn; where no place is named, show what was said. */
export function focusFirstFault(form: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const place = document.getElementById(form);
      const wrong = place?.querySelector<HTMLElement>("[aria-invalid=true]");
      if (wrong) wrong.focus();
      else place?.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
    }),
  );
}

/** Whether something half typed is anywhere in a value: it must not be sent. */
export function holdsUnparsed(value: unknown): boolean {
  if (value instanceof Unparsed) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnparsed);
}
