import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { agentList } from "../agents/queries";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { functionList } from "../functions/queries";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextField } from "../ui/Field";
import { Picker } from "../ui/Picker";
import type { Budget } from "./budget";
import { isDecimal } from "./decimal";
import styles from "./PriceDialog.module.css";

type Terms = {
  name: string;
  scope: Budget["scope"];
  subject: string | null;
  unit: Budget["unit"];
  period: Budget["period"];
  amount: string;
  /** In percent, as people write it. */
  warnAt: string;
  over: Budget["over"];
};

const NEW: Terms = {
  name: "",
  scope: "tenant",
  subject: null,
  unit: "usd",
  period: "month",
  amount: "",
  warnAt: "80",
  over: "fail",
};
const FIELDS = ["/name", "/scope", "/subject", "/unit", "/period", "/amount", "/warn_at", "/over"];

/** A new budget, or another amount, threshold and outcome for one: what it counts is fixed. */
export function BudgetDialog({ budget, onClose }: { budget?: Budget; onClose: () => void }) {
  const client = useQueryClient();
  const [terms, setTerms] = useState<Terms>(() => (budget === undefined ? NEW : termsOf(budget)));
  const set = (change: Partial<Terms>) => setTerms({ ...terms, ...change });
  const save = useMutation({
    mutationFn: () => (budget === undefined ? create(terms) : update(budget, terms)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["budgets"] });
      onClose();
    },
  });
  const fault = (pointer: string) => (save.error instanceof Problem ? save.error.fault(pointer) : undefined);
  const known = FIELDS.some((pointer) => fault(pointer) !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={budget === undefined ? "New budget" : `Change ${budget.name}`}>
      <form className={styles.form} onSubmit={submit}>
        {budget === undefined && (
          <>
            <TextField
              label="Name"
              autoFocus
              required
              maxLength={100}
              autoComplete="off"
              value={terms.name}
              error={fault("/name")}
              onChange={(event) => set({ name: event.target.value })}
            />
            <Counted terms={terms} set={set} fault={fault} />
          </>
        )}
        <div className={styles.fields}>
          <TextField
            label={AMOUNTS[terms.unit]}
            hint={budget === undefined ? undefined : "What is used stays used."}
            inputMode="decimal"
            autoComplete="off"
            autoFocus={budget !== undefined}
            required
            value={terms.amount}
            error={fault("/amount")}
            onChange={(event) => set({ amount: event.target.value })}
          />
          <TextField
            label="Warn at, in percent"
            inputMode="decimal"
            autoComplete="off"
            required
            value={terms.warnAt}
            error={fault("/warn_at")}
            onChange={(event) => set({ warnAt: event.target.value })}
          />
          <SelectField
            label="Beyond it"
            value={terms.over}
            error={fault("/over")}
            onChange={(event) => set({ over: event.target.value as Budget["over"] })}
          >
            <option value="fail">calls fail</option>
            <option value="ask">calls wait for a person</option>
          </SelectField>
        </div>
        {save.error !== null && !known && <Failure reason={save.error} />}
        <footer className={styles.actions}>
          <span className={styles.gap} />
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" busy={save.isPending}>
            {budget === undefined ? "Make the budget" : "Change it"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** What a budget counts: whose calls, in what, and in which time. */
function Counted({
  terms,
  set,
  fault,
}: {
  terms: Terms;
  set: (change: Partial<Terms>) => void;
  fault: (pointer: string) => string | undefined;
}) {
  const { data: agents } = useQuery({ ...agentList, enabled: terms.scope === "agent" });
  const { data: functions } = useQuery({ ...functionList, enabled: terms.scope === "function" || terms.scope === "run" });
  const names = terms.scope === "agent" ? agents?.map((agent) => agent.name) : functions?.map((one) => one.id);
  return (
    <div className={styles.fields}>
      <SelectField
        label="Counts"
        value={terms.scope}
        error={fault("/scope")}
        onChange={(event) => {
          const scope = event.target.value as Budget["scope"];
          set({ scope, subject: null, ...(scope === "run" ? { period: "total" } : {}) });
        }}
      >
        <option value="tenant">everything</option>
        <option value="agent">an agent</option>
        <option value="function">a function</option>
        <option value="task">a task</option>
        <option value="run">runs</option>
      </SelectField>
      {terms.scope === "task" ? (
        <TextField
          label="Which task"
          hint="Each by itself, unless you name one."
          placeholder="FF-12"
          value={terms.subject ?? ""}
          error={fault("/subject")}
          onChange={(event) => set({ subject: event.target.value.trim() || null })}
        />
      ) : (
        terms.scope !== "tenant" && (
          <Picker
            label={terms.scope === "agent" ? "Which agent" : terms.scope === "run" ? "Runs of which function" : "Which function"}
            hint={`Each ${terms.scope} by itself, unless you choose one.`}
            options={(names ?? []).map((name) => ({ value: name, label: name }))}
            value={terms.subject}
            onChange={(subject) => set({ subject })}
            clearable
            placeholder={`Each ${terms.scope}`}
            error={fault("/subject")}
          />
        )
      )}
      <SelectField
        label="In"
        value={terms.unit}
        error={fault("/unit")}
        onChange={(event) => set({ unit: event.target.value as Budget["unit"] })}
      >
        <option value="usd">US dollars</option>
        <option value="tokens">tokens</option>
        <option value="calls">calls</option>
      </SelectField>
      {terms.scope !== "run" && (
        <SelectField
          label="In each"
          hint={terms.period === "total" ? undefined : "They begin at midnight UTC."}
          value={terms.period}
          error={fault("/period")}
          onChange={(event) => set({ period: event.target.value as Budget["period"] })}
        >
          <option value="day">day</option>
          <option value="month">month</option>
          <option value="total">no time: in all</option>
        </SelectField>
      )}
    </div>
  );
}

const AMOUNTS: Record<Budget["unit"], string> = { usd: "Amount, in dollars", tokens: "How many tokens", calls: "How many calls" };

function termsOf(budget: Budget): Terms {
  return { ...budget, warnAt: String(Number(budget.warn_at) * 100) };
}

function create({ warnAt, name, amount, ...terms }: Terms): Promise<Budget> {
  const body: Schema<"BudgetIn"> = { ...terms, name: name.trim(), amount: amount.trim(), warn_at: asShare(warnAt) };
  return ask(api.POST("/v1/budgets", { body }));
}

function update(budget: Budget, { amount, warnAt, over }: Terms): Promise<Budget> {
  return ask(
    api.PATCH("/v1/budgets/{budget}", {
      params: { path: { budget: budget.id } },
      body: { amount: amount.trim(), warn_at: asShare(warnAt), over },
    }),
  );
}

/** "80" percent is "0.8"; what is no number is left for the server to refuse in its own words. */
function asShare(percent: string): string {
  const text = percent.replace("%", "").trim();
  return isDecimal(text) ? String(Number(text) / 100) : text;
}
