import { api, ask } from "../api/client";
import { Danger } from "../ui/Danger";
import { useAct } from "../ui/useAct";
import type { Budget } from "./budget";

/** A question before a budget is gone. */
export function DeleteBudget({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const remove = useAct(
    () => ask(api.DELETE("/v1/budgets/{budget}", { params: { path: { budget: budget.id } } })).then(() => true),
    ["budgets"],
  );
  return (
    <Danger
      title={`Delete ${budget.name}?`}
      submit="Delete it"
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onSubmit={async () => (await remove.run(undefined)) && onClose()}
    >
      It holds no call back any more. What calls cost stays in the report.
    </Danger>
  );
}
