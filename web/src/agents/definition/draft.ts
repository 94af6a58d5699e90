import type { Fault, Problem } from "../../api/problem";
import { isDecimal } from "../../costs/decimal";
import { isRecord } from "../../ui/json_shape";
import { budgetOf } from "../budget_text";
import { type Definition, FIELDS, plainOf } from "./plain";

/** A definition while it is written: what is half typed stands in it as `Unparsed`. `note` says why, and is no part of it. */
export type Draft = Record<string, unknown>;

const NAME = /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/;

/** What a definition cannot be sent without, before the server is asked. */
export function missingIn(draft: Draft): Fault[] {
  const faults: Fault[] = [];
  const name = String(draft.name ?? "");
  if (name === "") faults.push({ pointer: "/name", detail: "An agent has a name." });
  else if (!NAME.test(name))
    faults.push({
      pointer: "/name",
      detail: "Lower-case letters, digits and hyphens; a letter or digit at both ends; at most 64.",
    });
  const model = String(draft.model ?? "").trim();
  if (model === "") faults.push({ pointer: "/model", detail: "Which model does it think with?" });
  else if (/\s/.test(model)) faults.push({ pointer: "/model", detail: "A model's name has no spaces." });
  if (!isAmount(budgetOf(String(draft.budget ?? ""))?.amount)) faults.push({ pointer: "/budget", detail: AMOUNT });
  if (!isAmount(partsIn(draft.limits).money)) faults.push({ pointer: "/limits/money", detail: AMOUNT });
  return faults;
}

const AMOUNT = "An amount in dollars above nothing: 5, or 2.50.";

function isAmount(value: unknown): boolean {
  return value === undefined || value === null || (isDecimal(String(value)) && Number(value) > 0);
}

/** All that is wrong with what was written, at its places: what is missing, and what the server said. */
export function faultsOf(draft: Draft, tried: boolean, problem: Problem | null): Fault[] {
  const taken = problem?.status === 409 && problem.message.startsWith("there is an agent named");
  return [
    ...(tried ? missingIn(draft) : []),
    ...(problem?.errors ?? []),
    ...(taken ? [{ pointer: "/name", detail: "Another agent has this name." }] : []),
  ];
}

/** Whether the fields say all that is wrong: then it is not said a second time below them. */
export function isSaidAtFields(faults: readonly Fault[]): boolean {
  const known = new Set<string>([...FIELDS, "note"]);
  return faults.length > 0 && faults.every((one) => known.has(one.pointer?.split("/")[1] ?? ""));
}

/** What is sent for a new agent: what says something, and what nobody here knows, for the server to judge. */
export function bodyOf(draft: Draft): Record<string, unknown> {
  const known = new Set<string>([...FIELDS, "note"]);
  const unknown = Object.fromEntries(Object.entries(draft).filter(([name, value]) => !known.has(name) && value !== undefined));
  const note = String(draft.note ?? "").trim();
  const model = String(draft.model ?? "").trim();
  return { ...plainOf({ ...draft, model } as unknown as Definition), ...unknown, ...(note === "" ? {} : { note }) };
}

/** What changes an agent: a JSON merge patch from what it is to what was written. Empty where nothing is changed. */
export function patchTo(before: Definition, draft: Draft): Record<string, unknown> {
  const { note, ...after } = bodyOf(draft);
  const patch = mergePatch(plainOf(before), after);
  return note === undefined || Object.keys(patch).length === 0 ? patch : { ...patch, note };
}

/** The merge patch (RFC 7396) by which `before` becomes `after`: what is gone is null, objects part by part. */
export function mergePatch(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (after[name] === undefined || after[name] === null) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const held = before[name];
    if (value === undefined || value === null || alike(held, value)) continue;
    patch[name] = isRecord(value) && isRecord(held) ? mergePatch(held, value) : value;
  }
  return patch;
}

/** Whether two JSON values are the same, whatever the order of their fields. */
export function alike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, index) => alike(value, other[index]));
  if (!isRecord(one) || !isRecord(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => alike(one[name], other[name]));
}

/** A list of texts in a draft, whatever somebody wrote there as JSON. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** An object in a draft. */
export function partsIn(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
