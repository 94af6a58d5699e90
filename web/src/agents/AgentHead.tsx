import { Link } from "@tanstack/react-router";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { Chip } from "../ui/Chip";
import { duration } from "../ui/duration";
import { Money } from "../ui/Money";
import { money } from "../ui/money";
import { useNow } from "../ui/now";
import { StateMark } from "../ui/StateMark";
import styles from "./AgentHead.module.css";
import type { Agent } from "./agent_queries";
import { reasonOf, sayStatus } from "./agent_status";

/** Whose page it is. */
export function AgentHeading({ name }: { name: string }) {
  return (
    <span className={styles.heading}>
      <Avatar name={name} kind="agent" size={28} />
      <span className={styles.name} title={name}>
        {name}
      </span>
    </span>
  );
}

/** What it does now, and for how long it has. */
export function AgentStatus({ agent }: { agent: Agent }) {
  const { state, word, about, since } = sayStatus(agent, may("approvals:decide"));
  return (
    <span className={styles.status}>
      <StateMark state={state} word={word} />
      {agent.task !== null && TASK_MATTERS.has(agent.status) && (
        <Link to="/board/$key" params={{ key: agent.task }} className="mono">
          {agent.task}
        </Link>
      )}
      {about !== "" && <span className={`truncate ${styles.about}`}>{about}</span>}
      {since !== null && agent.status !== "idle" && <Elapsed since={since} />}
    </span>
  );
}

const TASK_MATTERS = new Set<Agent["status"]>(["running", "waiting", "queued"]);

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return <span className="number faint">{duration(Math.max(0, Math.floor((now - Date.parse(since)) / 1_000) * 1_000))}</span>;
}

/** What it is made of and what it has spent today, and why it stands still where it does. */
export function AgentHead({ agent }: { agent: Agent }) {
  const reason = reasonOf(agent);
  return (
    <div className={styles.head}>
      <div className={styles.facts}>
        <Link to="/agents" search={{ model: agent.model }} className={styles.model} title="Agents with this model">
          {agent.model}
        </Link>
        {(agent.skills ?? []).map((skill) => (
          <Link key={skill} to="/skills/$name" params={{ name: skill }} className={styles.skill}>
            <Chip>{skill}</Chip>
          </Link>
        ))}
        {agent.description !== "" && (
          <span className={`truncate quiet ${styles.description}`} title={agent.description}>
            {agent.description}
          </span>
        )}
        <span className={styles.gap} />
        {may("usage:read") && <Today agent={agent} />}
      </div>
      {reason !== null && <p className={`${styles.reason} ${agent.status === "error" ? styles.failed : ""}`}>{reason}</p>}
    </div>
  );
}

/** What it has spent today, and of its budget where that is over another time. */
function Today({ agent }: { agent: Agent }) {
  const [limit, period] = (agent.budget ?? "").split("/");
  const ofToday = limit !== "" && period === "day" && agent.cost_today !== null;
  return (
    <Link to="." search={{ view: "costs" }} className={styles.today}>
      <Money amount={agent.cost_today} className={styles.sum} />{" "}
      <span className="quiet number">
        {ofToday && `of ${money(limit)} `}today
        {limit !== "" && !ofToday && ` · ${money(agent.budget_used)} of ${money(limit)} ${TIMES[period ?? ""] ?? "in all"}`}
      </span>
    </Link>
  );
}

const TIMES: Record<string, string> = { day: "today", month: "this month" };
