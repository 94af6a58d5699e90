import { duration } from "../../ui/duration";
import type { Rule } from "./queries";

/** What becomes of the call, as one reads it. */
export const ACTIONS = { allow: "runs", require: "waits for people", deny: "never runs" } as const;

/** When a rule fits, in words: "issue_refund, of agents that have read what cannot be trusted". */
export function fits(rule: Rule): string {
  const parts = [
    rule.tool?.join(" or ") ?? (rule.effect ? "Any tool" : "Every call"),
    rule.effect && `that is ${rule.effect.join(" or ")}`,
    rule.agent && `by ${rule.agent.join(" or ")}`,
    rule.labels && `on a task labelled ${rule.labels.join(" or ")}`,
    rule.tainted === true && "after reading untrusted content",
    rule.tainted === false && "without having read untrusted content",
  ];
  return parts.filter(Boolean).join(", ").replace(", that is", " that is");
}

/** Who has to agree, in words: "2 approvers, not who gave the work; reads as denied after 24 h". */
export function asked(rule: Rule): string | null {
  const terms = rule.require;
  if (rule.action !== "require" || !terms) return null;
  const count = terms.count ?? 1;
  const whom = terms.people?.length
    ? `of ${terms.people.join(", ")}`
    : terms.roles?.length
      ? `of role ${terms.roles.join(" or ")}`
      : "";
  const parts = [
    [`${count} ${count === 1 ? "person" : "people"}`, whom].filter(Boolean).join(" "),
    terms.not_requester && "not whoever gave the work",
    terms.remind_after && `reminded after ${span(terms.remind_after)}`,
    terms.escalate_after && `${terms.escalate_to ?? "others"} too after ${span(terms.escalate_after)}`,
    terms.expires && `reads as denied after ${span(terms.expires)}`,
  ];
  return parts.filter(Boolean).join(" · ");
}

function span(seconds: number): string {
  return duration(seconds * 1_000);
}
