import { Gauge } from "../../costs/Gauge";
import { may } from "../../session";
import { Money } from "../../ui/Money";
import { money } from "../../ui/money";
import type { Agent } from "../agent_queries";
import { budgetOf, PERIODS } from "../budget_text";
import styles from "./Spend.module.css";

const WARN_AT = 0.8;

/** What an agent has cost since midnight UTC, and how much of its budget is left, where it has one. `alone`: no heading says of when it is. */
export function Spend({ agent, alone = false }: { agent: Agent; alone?: boolean }) {
  if (!may("usage:read")) return null;
  const budget = budgetOf(agent.budget);
  const isIdle = agent.cost_today !== null && Number(agent.cost_today) === 0;
  const used = budget === null ? 0 : Math.min(1, Number(agent.budget_used ?? 0) / Number(budget.amount));
  return (
    <span className={styles.spend}>
      <span className={styles.sum}>
        {isIdle ? <span className="faint">nothing</span> : <Money amount={agent.cost_today} />}
        <span className={alone ? undefined : styles.today}>today</span>
      </span>
      {budget !== null && (
        <span
          className={styles.budget}
          title={`${money(agent.budget_used)} used of ${money(budget.amount)} ${PERIODS[budget.period]}`}
        >
          <span className={styles.gauge}>
            <Gauge used={used} reserved={0} state={used >= 1 ? "exceeded" : used >= WARN_AT ? "warning" : "open"} />
          </span>
          <span className="number">
            of {money(budget.amount)} {PERIODS[budget.period]}
          </span>
        </span>
      )}
    </span>
  );
}
