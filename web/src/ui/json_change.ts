import { isRecord } from "./json_shape";

/** One place where two JSON values differ. A part that is only in one of them is told whole. */
export type Change = { path: readonly (string | number)[] } & (
  | { kind: "changed"; before: unknown; after: unknown }
  | { kind: "added"; after: unknown }
  | { kind: "removed"; before: unknown }
);

/** Where two JSON values differ, leaf by leaf, in the order of the first and then of the second. Undefined is nothing at all. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const changes: Change[] = [];
  compare(before, after, [], changes);
  return changes;
}

function compare(before: unknown, after: unknown, path: readonly (string | number)[], changes: Change[]): void {
  if (before === after) return;
  if (before === undefined) return void changes.push({ kind: "added", path, after });
  if (after === undefined) return void changes.push({ kind: "removed", path, before });
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1)
      compare(before[index], after[index], [...path, index], changes);
    return;
  }
  if (isRecord(before) && isRecord(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(own(before, name), own(after, name), [...path, name], changes);
    return;
  }
  changes.push({ kind: "changed", path, before, after });
}

/** A value may have a key that every object inherits (`constructor`): only its own count. */
function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Where that is, for people: `lines[0].price`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      return /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part) ? (index === 0 ? part : `.${part}`) : `[${JSON.stringify(part)}]`;
    })
    .join("");
}
