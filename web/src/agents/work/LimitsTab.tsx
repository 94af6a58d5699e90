import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schema } from "../../api/client";
import { runLabel } from "../../live/lines";
import { may } from "../../session";
import { Part } from "../../settings/Part";
import { Table, type TableColumn } from "../../settings/Table";
import { Ago } from "../../ui/Ago";
import { Failure } from "../../ui/Failure";
import { money } from "../../ui/money";
import { Skeleton } from "../../ui/Skeleton";
import { type Agent, agentQueue } from "../agent_queries";
import { BudgetGauges } from "../stream/BudgetGauges";
import styles from "./LimitsTab.module.css";

const TURNS_UNLESS_GIVEN = 200;

/** How far the agent may go: in one run, at once, in money; and what waits for its turn because of that. */
export default function LimitsTab({ agent }: { agent: Agent }) {
  const limits = agent.limits ?? {};
  const atOnce = agent.concurrency;
  return (
    <>
      <Part
        title="Of one run"
        about={
          limits.on_limit === "ask"
            ? "At one of them the run waits until a person gives it more."
            : "At one of them the run fails, and says so on its card."
        }
        aside={
          <Link to="." search={{ view: "definition" }}>
            Change them
          </Link>
        }
      >
        <dl className={styles.limits}>
          <Limit name="Turns" value={`${limits.turns ?? TURNS_UNLESS_GIVEN}`} hint="requests to the model" />
          <Limit name="Tool calls" value={limits.tool_calls == null ? null : `${limits.tool_calls}`} />
          <Limit name="Money" value={limits.money == null ? null : money(limits.money)} hint="model calls of this run" />
          <Limit name="Time at work" value={limits.wall_time ?? null} hint="waiting does not count" />
          <Limit name="At once" value={atOnce == null ? null : `${atOnce}`} hint="runs, over all workers" />
        </dl>
      </Part>
      {may("budgets:read") && (
        <div className={styles.budget}>
          <BudgetGauges agent={agent} />
        </div>
      )}
      <Queue agent={agent} />
    </>
  );
}

function Limit({ name, value, hint }: { name: string; value: string | null; hint?: string }) {
  return (
    <div className={styles.limit}>
      <dt>{name}</dt>
      <dd className={`number ${styles.value}`}>
        {value ?? <span className={styles.none}>no limit</span>}
        {hint !== undefined && <span className={styles.hint}>{hint}</span>}
      </dd>
    </div>
  );
}

type Queued = Schema<"QueuedRunOut">;

const COLUMNS: readonly TableColumn<Queued>[] = [
  { head: "Next", cell: (one) => <span className="number">{one.ahead + 1}</span> },
  {
    head: "What",
    cell: (one) =>
      one.task === null ? (
        <Link to="/runs/$id" params={{ id: one.run }} className="mono">
          {runLabel(one.run)}
        </Link>
      ) : (
        <Link to="/board/$key" params={{ key: one.task }}>
          <span className="mono">{one.task}</span> {one.title}
        </Link>
      ),
  },
  { head: "Priority", cell: (one) => <span className="quiet">{PRIORITIES[one.priority] ?? one.priority}</span>, wideOnly: true },
  { head: "Waits since", cell: (one) => <Ago at={one.queued_at} />, align: "end" },
];
const PRIORITIES: Record<number, string> = { [-2]: "lowest", [-1]: "low", 0: "normal", 1: "high", 2: "urgent" };

function Queue({ agent }: { agent: Agent }) {
  const { data, error, refetch } = useQuery(agentQueue(agent.name));
  return (
    <Part
      title={agent.queued === 0 ? "Waits for its turn" : `Waits for its turn · ${agent.queued}`}
      about="By priority, then by age. A run that waits for a person, an event or a time holds no place."
    >
      {data === undefined ? (
        error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <Skeleton lines={2} label="Loading the queue" />
        )
      ) : (
        <Table
          label="What waits"
          columns={COLUMNS}
          rows={data.data}
          rowKey={(one) => one.run}
          empty={<p className="quiet">Nothing waits for {agent.name}.</p>}
        />
      )}
    </Part>
  );
}
