import { useState } from "react";
import { SelectField, TextField } from "../../ui/Field";
import { type BudgetText, budgetOf, PERIODS } from "../budget_text";
import styles from "./form.module.css";

/** What an agent may spend, in dollars and in which time; empty is as much as the tenant may. */
export function BudgetField({
  value,
  error,
  onChange,
}: {
  value: unknown;
  error?: string;
  onChange: (value: string | null) => void;
}) {
  const held = budgetOf(typeof value === "string" ? value : null);
  const [period, setPeriod] = useState<BudgetText["period"]>(held?.period ?? "day");
  const amount = held?.amount ?? "";
  const set = (next: string, of: BudgetText["period"]) => onChange(next.trim() === "" ? null : `${next.trim()}/${of}`);
  return (
    <div className={styles.budget}>
      <TextField
        label="Budget, in dollars"
        hint="Beyond it its calls are refused. Empty: only the budgets of the tenant hold."
        placeholder="none"
        inputMode="decimal"
        autoComplete="off"
        value={amount}
        error={error}
        onChange={(event) => set(event.target.value, period)}
      />
      <SelectField
        label="In which time"
        value={period}
        onChange={(event) => {
          const next = event.target.value as BudgetText["period"];
          setPeriod(next);
          set(amount, next);
        }}
      >
        {Object.entries(PERIODS).map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </SelectField>
    </div>
  );
}
