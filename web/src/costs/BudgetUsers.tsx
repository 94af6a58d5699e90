import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { agentList } from "../agents/queries";
import type { Schema } from "../api/client";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import styles from "./BudgetUsers.module.css";
import { amount, type Budget } from "./budget";
import { share, sum } from "./decimal";
import { Gauge } from "./Gauge";
import { spendingOf } from "./queries";

/** Who has used what of a budget that each has for itself, the fullest first. */
export function BudgetUsers({ budget }: { budget: Budget }) {
  const users = useQuery(spendingOf(budget.id));
  if (users.error !== null && users.data === undefined)
    return <Failure reason={users.error} retry={() => void users.refetch()} />;
  if (users.data === undefined) return <Skeleton lines={3} label="Loading who uses it" />;
  if (users.data.length === 0) return <p className="quiet">Nobody has used anything of it yet.</p>;
  return (
    <ul className={styles.users} aria-label={`Who uses ${budget.name}`}>
      {users.data.map((user) => (
        <li key={user.subject} className={styles.user}>
          <Subject budget={budget} id={user.subject} />
          <Gauge {...levelOf(user, budget)} state={stateOf(user, budget)} />
          <span className="number quiet">
            {amount(user.used, budget.unit)}
            {user.raised !== "0" && ` of ${amount(sum([budget.amount, user.raised]), budget.unit)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function levelOf(user: Schema<"SpendingOut">, budget: Budget): { used: number; reserved: number } {
  const limit = sum([budget.amount, user.raised]);
  const used = share(user.used, limit);
  return { used, reserved: Math.min(share(user.reserved, limit), 1 - used) };
}

function stateOf(user: Schema<"SpendingOut">, budget: Budget): Budget["state"] {
  const { used } = levelOf(user, budget);
  return used >= 1 ? "exceeded" : used >= Number(budget.warn_at) ? "warning" : "open";
}

function Subject({ budget, id }: { budget: Budget; id: string }) {
  const { data: agents } = useQuery(agentList);
  if (budget.scope === "agent") {
    const name = agents?.find((agent) => agent.id === id)?.name;
    if (name === undefined) return <span className="truncate mono">{id}</span>;
    return (
      <Link to="/agents/$name" params={{ name }} className="truncate">
        {name}
      </Link>
    );
  }
  if (budget.scope === "run")
    return (
      <Link to="/runs/$id" params={{ id }} className="truncate mono" title={id}>
        {label(id)}
      </Link>
    );
  if (budget.scope === "task")
    return (
      <Link to="/board/$key" params={{ key: id }} className="truncate mono" title={id}>
        {label(id)}
      </Link>
    );
  return (
    <Link to="/functions/$id" params={{ id }} className="truncate">
      {id}
    </Link>
  );
}

/** An id's last eight digits, as people say them: "8241_a2f7". */
function label(id: string): string {
  return `${id.slice(-8, -4)}_${id.slice(-4)}`;
}
