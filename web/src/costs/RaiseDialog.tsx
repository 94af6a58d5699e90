import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { agentList } from "../agents/queries";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextField } from "../ui/Field";
import { amount, type Budget, forEach } from "./budget";
import styles from "./PriceDialog.module.css";
import { spendingOf } from "./queries";

/** More for the day or month that is now. */
export function RaiseDialog({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const client = useQueryClient();
  const each = forEach(budget);
  const users = useQuery({ ...spendingOf(budget.id), enabled: each });
  const { data: agents } = useQuery({ ...agentList, enabled: budget.scope === "agent" });
  const [by, setBy] = useState("");
  const [whose, setWhose] = useState("");
  const subjects = (users.data ?? []).map((user) => user.subject);
  const raise = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/v1/budgets/{budget}/raises", {
          params: { path: { budget: budget.id } },
          body: { amount: by.trim(), ...(each ? { subject: whose || subjects[0] } : {}) },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["budgets"] });
      onClose();
    },
  });
  const fault = (pointer: string) => (raise.error instanceof Problem ? raise.error.fault(pointer) : undefined);
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={`Raise ${budget.name}`}
      description={
        budget.period === "total"
          ? "More than its amount, once."
          : `More for this ${budget.period} alone: the next one begins with ${amount(budget.amount, budget.unit)} again. What waits for it goes on.`
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          raise.mutate();
        }}
      >
        {each && (
          <SelectField
            label="Whose"
            value={whose || subjects[0] || ""}
            error={fault("/subject")}
            onChange={(event) => setWhose(event.target.value)}
          >
            {subjects.map((subject) => (
              <option key={subject} value={subject}>
                {agents?.find((agent) => agent.id === subject)?.name ?? subject}
              </option>
            ))}
          </SelectField>
        )}
        <TextField
          label={UNITS[budget.unit]}
          inputMode="decimal"
          autoComplete="off"
          autoFocus
          required
          value={by}
          error={fault("/amount")}
          onChange={(event) => setBy(event.target.value)}
        />
        {raise.error !== null && fault("/amount") === undefined && fault("/subject") === undefined && (
          <Failure reason={raise.error} />
        )}
        <footer className={styles.actions}>
          <span className={styles.gap} />
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" busy={raise.isPending} disabled={each && subjects.length === 0}>
            Raise it
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

const UNITS: Record<Budget["unit"], string> = {
  usd: "By how many dollars",
  tokens: "By how many tokens",
  calls: "By how many calls",
};
