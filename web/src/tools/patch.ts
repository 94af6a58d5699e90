import { isRecord } from "../ui/json_shape";

/**
 * What a JSON merge patch has to say so that `before` becomes `after`, field by field: what is gone is null, what is the same is left out. An
 * empty text, list or object is nothing, unless it was there as such.
 */
export function patchOf(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const next = filled(after[name]) ? after[name] : null;
    const held = filled(before[name]) ? before[name] : null;
    if (canonical(next) !== canonical(held)) patch[name] = next;
  }
  return patch;
}

/** A definition without what says nothing. */
export function definitionOf(draft: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => filled(value)));
}

function filled(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isRecord(value) || Object.keys(value).length > 0;
}

/** The same text for the same value, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner,
  );
}
