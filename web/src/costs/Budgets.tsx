import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { BudgetCard } from "./BudgetCard";
import { BudgetDialog } from "./BudgetDialog";
import styles from "./Budgets.module.css";
import type { Budget } from "./budget";
import { DeleteBudget } from "./DeleteBudget";
import { budgetList } from "./queries";
import { RaiseDialog } from "./RaiseDialog";

type Doing = { act: "change" | "raise" | "delete"; budget: Budget };

/** What may be spent, and what of it is. */
export function Budgets({ open, fresh }: { open: string | undefined; fresh: boolean }) {
  const navigate = useNavigate();
  const budgets = useQuery(budgetList);
  const [doing, setDoing] = useState<Doing | null>(null);
  const writes = may("budgets:write");
  const setFresh = (next: boolean) =>
    void navigate({ to: "/costs", search: (held) => ({ ...held, new: next ? "1" : undefined }), replace: !next });
  useShortcuts(writes ? [{ keys: "c", label: "New budget", group: "Costs", run: () => setFresh(true) }] : []);
  const add = writes && (
    <Button look="ink" icon={<Plus size={14} />} hotkey="c" onClick={() => setFresh(true)}>
      New budget
    </Button>
  );
  const close = () => setDoing(null);
  return (
    <section className={styles.budgets} aria-label="Budgets">
      <div className={styles.bar}>
        <p className="quiet">
          A call takes what it may cost from every budget that counts it, before it is sent: calls in flight keep to it together.
        </p>
        {budgets.data !== undefined && budgets.data.length > 0 && add}
      </div>
      {budgets.error !== null && budgets.data === undefined ? (
        <Failure reason={budgets.error} retry={() => void budgets.refetch()} />
      ) : budgets.data === undefined ? (
        <Skeleton lines={6} label="Loading budgets" />
      ) : budgets.data.length === 0 ? (
        <Empty title="Nothing limits what is spent" command="flowforge budgets set all 250 --per month" action={add}>
          A budget says how much money, how many tokens or calls all models, an agent, a function, a task or a run may use in a
          day, in a month or in all.
        </Empty>
      ) : (
        <ul className={styles.list}>
          {budgets.data.map((budget) => (
            <BudgetCard
              key={budget.id}
              budget={budget}
              open={open === budget.name}
              onOpen={(next) =>
                void navigate({
                  to: "/costs",
                  search: (held) => ({ ...held, budget: next ? budget.name : undefined }),
                  replace: true,
                })
              }
              onDo={writes ? (act) => setDoing({ act, budget }) : undefined}
            />
          ))}
        </ul>
      )}
      {!writes && <p className="faint">Only an administrator makes and changes budgets.</p>}
      {fresh && writes && <BudgetDialog onClose={() => setFresh(false)} />}
      {doing?.act === "change" && <BudgetDialog budget={doing.budget} onClose={close} />}
      {doing?.act === "raise" && <RaiseDialog budget={doing.budget} onClose={close} />}
      {doing?.act === "delete" && <DeleteBudget budget={doing.budget} onClose={close} />}
    </section>
  );
}
