import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { agentList } from "../agents/queries";
import type { Schema } from "../api/client";
import { approvalCounts } from "../approvals/queries";
import { spentOn } from "../costs/queries";
import { may } from "../session";
import { Avatar } from "../ui/Avatar";
import { duration } from "../ui/duration";
import { Failure } from "../ui/Failure";
import { Money } from "../ui/Money";
import { useNow } from "../ui/now";
import { Skeleton } from "../ui/Skeleton";
import { type State, StateGlyph, StateMark } from "../ui/StateMark";
import styles from "./TeamStrip.module.css";

type Agent = Schema<"AgentOut">;

const SHOWN_MAX = 8;

/** What the team does, what waits for the reader and what today has cost, in one line above the board. */
export function TeamStrip() {
  const { data: agents, error, refetch } = useQuery({ ...agentList, enabled: may("agents:read") });
  const spent = useSpentToday();
  if (!may("agents:read") || agents?.length === 0) return null;
  if (agents === undefined && error !== null) return <Failure reason={error} retry={() => void refetch()} />;
  const team = (agents ?? []).filter((agent) => agent.status !== "archived").sort(byNeed);
  const rest = team.length - SHOWN_MAX;
  return (
    <section className={styles.strip} aria-label="The team now">
      {agents === undefined ? (
        <div className={styles.loading}>
          <Skeleton lines={2} width={220} label="Loading the team" />
        </div>
      ) : (
        <ul className={styles.team}>
          {team.slice(0, SHOWN_MAX).map((agent) => (
            <li key={agent.id} className={styles.member}>
              <Member agent={agent} spent={spent?.data.find((one) => one.key === agent.id)} />
            </li>
          ))}
          {rest > 0 && (
            <li className={styles.rest}>
              <Link to="/agents">{rest} more</Link>
            </li>
          )}
        </ul>
      )}
      <div className={styles.facts}>
        <Waiting />
        {spent !== undefined && <Spent totals={spent.totals} />}
      </div>
    </section>
  );
}

function Member({ agent, spent }: { agent: Agent; spent?: Schema<"GroupOut"> }) {
  const { state, word, about } = said(agent);
  return (
    <Link to="/agents/$name" params={{ name: agent.name }} className={styles.card} title={agent.status_text}>
      <Avatar name={agent.name} kind="agent" />
      <span className={`truncate ${styles.name}`}>{agent.name}</span>
      {spent !== undefined && spent.calls > 0 && <Money amount={spent.cost} className={styles.money} />}
      <span className={styles.line}>
        <StateMark state={state} word={word} />
        {agent.status === "running" && agent.status_reason.since !== null && <Elapsed since={agent.status_reason.since} />}
        {about !== null && <span className={`truncate ${styles.about}`}>{about}</span>}
      </span>
    </Link>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return <span className="number faint">{duration(Math.max(now - new Date(since).getTime(), 0))}</span>;
}

function Waiting() {
  const { data: counts } = useQuery({ ...approvalCounts, enabled: may("approvals:read") });
  if (counts === undefined) return null;
  const others = counts.pending - counts.mine;
  return (
    <Link to="/approvals" className={`${styles.fact} ${counts.mine > 0 ? styles.needs : ""}`}>
      <span className={`${styles.figure} number`}>
        {counts.mine > 0 && <StateGlyph state="needs" />}
        {counts.mine > 0 || others === 0 ? counts.mine : others}
      </span>
      <span className={styles.what}>
        {counts.mine > 0 ? "waiting for you" : others > 0 ? "waiting for others" : "waiting for you"}
      </span>
    </Link>
  );
}

function Spent({ totals }: { totals: Schema<"SumsOut"> }) {
  const partly = totals.unpriced > 0;
  return (
    <Link to="/costs" search={{ by: "agent", since: "1d" }} className={styles.fact}>
      <span className={styles.figure}>
        <Money amount={totals.cost} />
      </span>
      <span className={styles.what}>{partly ? `today, without ${totals.unpriced} unpriced` : "spent today"}</span>
    </Link>
  );
}

/** What the tenant has spent since midnight UTC. Another day is another question. */
function useSpentToday(): Schema<"UsageOut"> | undefined {
  const day = new Date(useNow(60_000)).toISOString().slice(0, 10);
  return useQuery({ ...spentOn(day), enabled: may("usage:read") }).data;
}

const ORDER: Record<Agent["status"], number> = { waiting: 1, running: 0, queued: 2, error: 3, paused: 4, idle: 5, archived: 6 };

function byNeed(one: Agent, other: Agent): number {
  return rank(one) - rank(other) || one.name.localeCompare(other.name);
}

function rank(agent: Agent): number {
  return needsPerson(agent) ? -1 : ORDER[agent.status];
}

function needsPerson({ status, status_reason }: Agent): boolean {
  return status === "waiting" && (status_reason.kind === "approval" || status_reason.kind === "question");
}

/** A state in words: what it is about, without how long ago, which the server can only say of the moment when it was asked. */
function said(agent: Agent): { state: State; word?: string; about: string | null } {
  const { kind, subject } = agent.status_reason;
  if (kind === "approval") return { state: "needs", word: "asks", about: joined("for", subject) };
  if (kind === "question") return { state: "needs", word: "asks", about: joined("a question of", subject) };
  switch (agent.status) {
    case "running":
      return { state: "running", word: "works", about: kind === "task" ? joined("on", subject) : null };
    case "waiting":
      return { state: "waiting", about: kind === "timer" ? "for its time" : joined("for", subject) };
    case "queued":
      return { state: "queued", about: kind === "worker" ? "for a worker" : null };
    case "error":
      return { state: "error", about: "its last run failed" };
    case "paused":
      return { state: "paused", about: kind === "person" ? joined("by", subject) : null };
    default:
      return { state: agent.status === "archived" ? "archived" : "idle", about: null };
  }
}

function joined(word: string, subject: string | null): string | null {
  return subject === null ? null : `${word} ${subject}`;
}
