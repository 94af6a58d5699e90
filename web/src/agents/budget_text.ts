/** A budget as a definition has it (`5.00/day`), taken apart. */
export type BudgetText = { amount: string; period: "day" | "month" | "total" };

/** What each period is called after an amount: "$5.00 a day". */
export const PERIODS: Record<BudgetText["period"], string> = { day: "a day", month: "a month", total: "in all" };

export function budgetOf(text: string | null | undefined): BudgetText | null {
  if (!text) return null;
  const [amount = "", period = "day"] = text.split("/");
  return { amount, period: period in PERIODS ? (period as BudgetText["period"]) : "day" };
}
