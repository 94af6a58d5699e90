import type { Budget } from "../../costs/budget";

/** The budgets in which the calls of an agent are counted: its own, that of each agent, that of everything; in this order. */
export function budgetsOf(agent: { id: string; name: string }, budgets: readonly Budget[]): Budget[] {
  const own = (budget: Budget) => budget.scope === "agent" && (budget.subject === agent.name || budget.subject === agent.id);
  const each = (budget: Budget) => budget.scope === "agent" && budget.subject === null;
  const all = (budget: Budget) => budget.scope === "tenant";
  return [own, each, all].flatMap((kind) => budgets.filter(kind));
}
