import type { Schema } from "../api/client";
import { isRecord, isRounded } from "../ui/json_shape";

export type Approval = Schema<"ApprovalOut">;
export type Vote = Schema<"VoteOut">;
export type Me = Schema<"Me">;

/** What is asked: a tool call, a function's own question, more room in a budget, or what became of a call whose worker died. */
export type Kind = "call" | "question" | "budget" | "uncertain";

export function kindOf(approval: Approval): Kind {
  if (isRecord(approval.schema) && "const" in approval.schema && approval.reason?.includes(" may have run: ")) return "uncertain";
  if (approval.tool === "raise_budget" && "raise_by" in approval.arguments && "budget" in approval.arguments) return "budget";
  return approval.agent === null ? "question" : "call";
}

/** The arguments that a decision is about now: as they were asked for, or as somebody has edited them since. */
export function standing(approval: Approval): Record<string, unknown> {
  return approval.proposal ?? approval.arguments;
}

/** What was done in the end: the edited arguments where somebody has edited them. */
export function settledArguments(approval: Approval): Record<string, unknown> {
  return approval.decision?.edited_args ?? standing(approval);
}

/** Votes that count: for the call as it stands, and not taken back or made void. */
export function countedVotes(approval: Approval): Vote[] {
  return approval.votes.filter((vote) => vote.voided_by === null && vote.approved && vote.hash === approval.hash);
}

/** Whether this person has approved the call as it stands; somebody else is needed then. */
export function hasApproved(approval: Approval, name: string): boolean {
  return countedVotes(approval).some((vote) => vote.name === name || vote.on_behalf_of === name);
}

/** What cannot be taken back, is money, or may happen twice is approved by holding: a slip of the finger decides nothing. */
export function needsHold(approval: Approval): boolean {
  return approval.reversible === false || approval.effect === "money" || kindOf(approval) === "uncertain";
}

/** Whether an approval may also say "do not ask again" (the server decides; see docs/approvals.md). */
export function isGrantable(approval: Approval): boolean {
  if (approval.task === null || approval.agent === null || kindOf(approval) !== "call") return false;
  return approval.grantable ?? (approval.effect !== "money" && approval.needed === 1);
}

/** Whether the arguments may be edited here: not where they are no choice, nor where a browser would change a number by sending it. */
export function isEditable(approval: Approval): boolean {
  return kindOf(approval) !== "uncertain" && !holdsRounded(standing(approval));
}

export function holdsRounded(value: unknown): boolean {
  if (typeof value === "number") return isRounded(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsRounded);
}

/**
 * Why the reader may not decide this one, as a sentence; null where they may, as far as can be told here. `standsInFor` are those who have
 * handed their approvals on to the reader. The server has the last word.
 */
export function whyNot(approval: Approval, me: Me, standsInFor: readonly string[] = []): string | null {
  if (!me.permissions.includes("approvals:decide")) return "You can look at this, but deciding is for approvers and admins.";
  if (approval.roles.length > 0 && !hasRole(me, approval.roles)) return `This is for ${joined(approval.roles, "s")} to decide.`;
  if (approval.people.length > 0 && ![me.name, ...standsInFor].some((name) => approval.people.includes(name)))
    return `This is for ${joined(approval.people)} to decide, or for who stands in for them.`;
  if (approval.not_requester && approval.requester === me.name)
    return "You gave this work, so somebody else has to decide about it.";
  if (approval.state === "pending" && hasApproved(approval, me.name)) {
    const missing = approval.needed - countedVotes(approval).length;
    return `You have approved this. ${missing === 1 ? "One more person is" : `${missing} more people are`} needed.`;
  }
  return null;
}

/** When it was decided: the moment of the last word about it. Null where nobody has said one. */
export function decidedAt(approval: Approval): string | null {
  if (approval.state === "expired") return approval.expires_at;
  return approval.votes.at(-1)?.voted_at ?? null;
}

/** The end of its id, by which the command line and an address name it. */
export function shortId(id: string): string {
  return id.slice(-8);
}

function hasRole(me: Me, roles: readonly string[]): boolean {
  const role = me.role ?? (me.permissions.includes("people:write") ? "admin" : "approver");
  return roles.includes(role) || (role === "admin" && roles.includes("approver"));
}

function joined(names: readonly string[], ending = ""): string {
  const all = names.map((name) => `${name}${ending}`);
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}
