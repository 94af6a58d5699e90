import type { Rule } from "./queries";

/** A rule while it is written: everything is text, what is empty is not said. */
export type Draft = {
  action: Rule["action"];
  tool: string;
  effect: string[];
  agent: string;
  labels: string;
  tainted: "" | "yes" | "no";
  when: string;
  zone: string;
  reason: string;
  grantable: "" | "yes" | "no";
  count: string;
  roles: string[];
  people: string;
  not_requester: boolean;
  expires: string;
  remind_after: string;
  escalate_after: string;
  escalate_to: string;
};

export const FRESH: Draft = {
  action: "require",
  tool: "",
  effect: [],
  agent: "",
  labels: "",
  tainted: "",
  when: "",
  zone: "",
  reason: "",
  grantable: "",
  count: "1",
  roles: [],
  people: "",
  not_requester: false,
  expires: "",
  remind_after: "",
  escalate_after: "",
  escalate_to: "",
};

export function draftOf(rule: Rule): Draft {
  const terms = rule.require;
  return {
    action: rule.action,
    tool: rule.tool?.join(", ") ?? "",
    effect: rule.effect ?? [],
    agent: rule.agent?.join(", ") ?? "",
    labels: rule.labels?.join(", ") ?? "",
    tainted: answer(rule.tainted),
    when: rule.when ?? "",
    zone: rule.zone ?? "",
    reason: rule.reason ?? "",
    grantable: answer(rule.grantable),
    count: String(terms?.count ?? 1),
    roles: terms?.roles ?? [],
    people: terms?.people?.join(", ") ?? "",
    not_requester: terms?.not_requester ?? false,
    expires: span(terms?.expires),
    remind_after: span(terms?.remind_after),
    escalate_after: span(terms?.escalate_after),
    escalate_to: terms?.escalate_to ?? "",
  };
}

/** The rule as it is sent. Durations stay as they were written: the server reads "24h" and "30m". */
export function ruleOf(draft: Draft): Record<string, unknown> {
  return without({
    action: draft.action,
    tool: names(draft.tool),
    effect: draft.effect.length === 0 ? null : draft.effect,
    agent: names(draft.agent),
    labels: names(draft.labels),
    tainted: draft.tainted === "" ? null : draft.tainted === "yes",
    when: draft.when.trim() || null,
    zone: draft.zone.trim() || null,
    reason: draft.reason.trim() || null,
    grantable: draft.grantable === "" ? null : draft.grantable === "yes",
    require: draft.action === "require" ? termsOf(draft) : null,
  });
}

function termsOf(draft: Draft): Record<string, unknown> {
  return without({
    count: Number(draft.count) || 1,
    roles: draft.roles.length === 0 ? null : draft.roles,
    people: names(draft.people),
    not_requester: draft.not_requester || null,
    expires: draft.expires.trim() || null,
    remind_after: draft.remind_after.trim() || null,
    escalate_after: draft.escalate_after.trim() || null,
    escalate_to: draft.escalate_to || null,
  });
}

function without(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function names(text: string): string[] | null {
  const found = text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
  return found.length === 0 ? null : found;
}

function answer(value: boolean | null | undefined): "" | "yes" | "no" {
  return value === true ? "yes" : value === false ? "no" : "";
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** 86400 as "24h": the largest unit in which it is whole, and days only from two on. */
function span(seconds: number | null | undefined): string {
  if (!seconds) return "";
  for (const [unit, size] of UNITS)
    if (seconds % size === 0 && (unit !== "d" || seconds > size)) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}
