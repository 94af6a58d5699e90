import type { Schema } from "../api/client";
import { money } from "../ui/money";
import { brief, whole } from "./count";
import { share, sum } from "./decimal";

export type Budget = Schema<"BudgetOut">;

/** What of a budget is measured, as people write it: "$18.40", "450K tokens", "12 calls". */
export function amount(text: string, unit: Budget["unit"]): string {
  if (unit === "usd") return money(text);
  const count = Number(text);
  return unit === "tokens" ? `${brief(count)} tokens` : `${whole(count)} ${count === 1 ? "call" : "calls"}`;
}

/** Whether each agent, function, task or run has the amount for itself. */
export function forEach({ scope, subject }: Pick<Budget, "scope" | "subject">): boolean {
  return scope !== "tenant" && (subject === null || (scope === "run" && subject.includes(".")));
}

/** Whose calls it counts: "everything", "the agent atlas", "each run of order.process_order". */
export function whose({ scope, subject }: Pick<Budget, "scope" | "subject">): string {
  if (scope === "tenant") return "everything";
  if (subject === null) return `each ${scope}`;
  if (scope === "run" && subject.includes(".")) return `each run of ${subject}`;
  return `the ${scope} ${subject}`;
}

/** "per day", "per month", "in all". */
export function per(period: Budget["period"]): string {
  return period === "total" ? "in all" : `per ${period}`;
}

/** How full it is, from 0 to 1: what is used, and beside it what calls in flight hold. Of several subjects it is the fullest one. */
export function fill(budget: Budget): { used: number; reserved: number } {
  if (forEach(budget)) return { used: Math.min(Number(budget.fullest), 1), reserved: 0 };
  const limit = sum([budget.amount, budget.raised]);
  const used = share(budget.used, limit);
  return { used, reserved: Math.min(share(budget.reserved, limit), 1 - used) };
}

/** What follows when it is used up. */
export function beyond(over: Budget["over"]): string {
  return over === "ask" ? "Beyond it calls wait until a person raises it." : "Beyond it calls fail.";
}
