import type { Schema } from "../api/client";

export type Entry = Schema<"AuditEntryOut">;
/** Something before and after. `against` is the entry that said how it was, where it is another one. */
export type Change = { before: unknown; after: unknown; against: Entry | null };

type Detail = Record<string, unknown>;
/** What says nothing to a person: ids and hashes. */
const ID = /^([a-z]{2,4}_)?[0-9a-f]{32,64}$/;

/** How an entry tells of two states at once, if it does: a move, an edited approval, a text that was another. */
export function changeIn(entry: Entry): Change | null {
  const detail = entry.detail;
  if (detail === null) return null;
  const found = (before: unknown, after: unknown): Change => ({ before, after, against: null });
  if ("from" in detail && "to" in detail) return found(detail.from, detail.to);
  if ("was" in detail && "text" in detail) return found(detail.was, detail.text);
  if (isObject(detail.before)) return found(detail.before, picked(detail, Object.keys(detail.before)));
  if (isObject(detail.edited_args)) return found(detail.arguments, detail.edited_args);
  return null;
}

/** Whether an entry says what its target is since then, so that the entry before it tells what it was. */
export function tellsState(entry: Entry): boolean {
  return /\.(update|set|roll_back)$/.test(entry.action) && entry.detail !== null && Object.keys(entry.detail).length > 1;
}

/** What an entry changed, by the last of the earlier ones (newest first) that say the same things of the same target. */
export function changeSince(entry: Entry, earlier: readonly Entry[]): Change | null {
  const detail = entry.detail;
  if (detail === null) return null;
  const names = Object.keys(detail);
  const against = earlier.find((one) => one.id < entry.id && family(one) === family(entry) && shares(one.detail, names));
  if (against === undefined) return null;
  return { before: picked(against.detail as Detail, names), after: detail, against };
}

/** What happened in a few words, for a line: "Doing → Done". */
export function summary({ action, detail }: Pick<Entry, "action" | "detail">): string {
  if (detail === null) return "";
  if (detail.from !== undefined && detail.to !== undefined) return `${brief(detail.from)} → ${brief(detail.to)}`;
  if (action.startsWith("approval.") && typeof detail.tool === "string") {
    if (detail.approved === undefined) return detail.tool;
    return `${detail.approved ? (detail.edited_args == null ? "yes to" : "yes, edited, to") : "no to"} ${detail.tool}`;
  }
  for (const name of ["title", "name", "text", "reason", "amount", "function"]) {
    const value = detail[name];
    if (typeof value === "string" && value !== "") return value;
  }
  if (Array.isArray(detail.fields)) return detail.fields.join(", ");
  if (detail.count === 1) return "";
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== false && typeof value !== "object" && !ID.test(String(value)))
    .slice(0, 3)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${brief(value)}`)
    .join(", ");
}

function shares(detail: Entry["detail"], names: readonly string[]): boolean {
  if (detail === null) return false;
  return names.filter((name) => name in detail).length * 2 > names.length;
}

function family(entry: Entry): string {
  return entry.action.split(".", 1)[0] ?? entry.action;
}

function picked(detail: Detail, names: readonly string[]): Detail {
  return Object.fromEntries(names.filter((name) => name in detail).map((name) => [name, detail[name]]));
}

function brief(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function isObject(value: unknown): value is Detail {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
