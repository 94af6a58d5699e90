import type { Schema } from "../api/client";
import type { Approval } from "./approval";

export type GrantWish = Schema<"GrantIn">;

const TIMES = 5;
const DAY_MS = 86_400_000;

/** What an approval may carry for the same task. A whole tool is granted only with an end. */
export function grantChoices(now = Date.now()): GrantWish[] {
  // Up to the minute, so that the same choice is the same value for as long as the menu is looked at.
  const tomorrow = new Date(Math.ceil(now / 60_000) * 60_000 + DAY_MS).toISOString();
  return [{ scope: "call" }, { scope: "tool", times: TIMES }, { scope: "tool", until: tomorrow }];
}

/** What is granted, as the end of a sentence. */
export function grantText(grant: GrantWish, approval: Pick<Approval, "tool" | "task">): string {
  if (grant.scope === "call") return `do not ask again about this very call on ${approval.task}`;
  if (grant.times != null) return `let ${approval.tool} run ${grant.times} more times on ${approval.task} unasked`;
  return `let ${approval.tool} run on ${approval.task} for a day unasked`;
}
