import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { amount, fill, forEach, per, whose } from "../../costs/budget";
import { Gauge } from "../../costs/Gauge";
import { budgetList } from "../../costs/queries";
import { Skeleton } from "../../ui/Skeleton";
import type { Agent } from "../agent_queries";
import styles from "./BudgetGauges.module.css";
import { budgetsOf } from "./budgets_of";
import { Block } from "./WorkAside";

/** How full the budgets are that its calls are counted in: its own first, then those of all agents and of everything. */
export function BudgetGauges({ agent }: { agent: Agent }) {
  const { data } = useQuery(budgetList);
  const budgets = data === undefined ? undefined : budgetsOf(agent, data);
  return (
    <Block
      title="Budget"
      aside={
        <Link to="/costs" search={{ view: "budgets" }}>
          All budgets
        </Link>
      }
    >
      {budgets === undefined ? (
        <Skeleton lines={2} label="Loading its budgets" />
      ) : budgets.length === 0 ? (
        <p className="quiet">None: it may spend without a limit.</p>
      ) : (
        <ul className={styles.budgets}>
          {budgets.map((budget) => {
            const level = fill(budget);
            return (
              <li key={budget.id} className={styles.budget}>
                <span className={styles.figures}>
                  <span className="number">
                    {forEach(budget) ? (
                      <strong>up to {Math.round(level.used * 100)} %</strong>
                    ) : (
                      <strong>{amount(budget.used, budget.unit)}</strong>
                    )}{" "}
                    <span className="quiet">
                      of {amount(budget.amount, budget.unit)} {per(budget.period)}
                    </span>
                  </span>
                  {budget.state !== "open" && (
                    <span className={budget.state === "exceeded" ? styles.over : styles.near}>
                      {budget.state === "exceeded" ? "used up" : "nearly used up"}
                    </span>
                  )}
                </span>
                <Gauge {...level} warnAt={Number(budget.warn_at)} state={budget.state} />
                {budget.subject !== agent.name && <span className={styles.whose}>of {whose(budget)}</span>}
              </li>
            );
          })}
        </ul>
      )}
    </Block>
  );
}
