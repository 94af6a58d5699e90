import { Link } from "@tanstack/react-router";
import { useLastLine } from "../../board/last_lines";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { duration } from "../../ui/duration";
import { useNow } from "../../ui/now";
import { StateMark } from "../../ui/StateMark";
import type { Agent } from "../agent_queries";
import { reasonOf, sayStatus } from "../agent_status";
import styles from "./Doing.module.css";

const AT_WORK = new Set<Agent["status"]>(["running", "waiting", "queued"]);

/** The server counts no further. */
const QUEUED_MAX = 1_000;

/** What an agent does now and on what, and below it what it said or did last, or why it stands still. */
export function Doing({ agent }: { agent: Agent }) {
  const { state, word, about, since } = sayStatus(agent, may("approvals:decide"));
  const busy = AT_WORK.has(agent.status);
  return (
    <span className={styles.doing}>
      <span className={styles.status}>
        <StateMark state={state} word={word} />
        {busy && agent.task !== null && (
          <Link to="/board/$key" params={{ key: agent.task }} className="mono">
            {agent.task}
          </Link>
        )}
        {about !== "" && (
          <span className={`truncate quiet ${styles.about}`} title={about}>
            {about}
          </span>
        )}
        {since !== null && (busy ? <Elapsed since={since} /> : agent.status !== "idle" && <Ago at={since} className="faint" />)}
        {agent.queued > 0 && (
          <span className="number faint" title="Runs that wait for their turn">
            {agent.queued >= QUEUED_MAX ? "1,000 or more" : agent.queued} queued
          </span>
        )}
      </span>
      <Below agent={agent} />
    </span>
  );
}

function Below({ agent }: { agent: Agent }) {
  const line = useLastLine(AT_WORK.has(agent.status) ? agent.run : null);
  const reason = reasonOf(agent);
  if (reason !== null)
    return (
      <span className={`truncate ${styles.line} ${agent.status === "error" ? styles.failed : ""}`} title={reason}>
        {reason}
      </span>
    );
  if (line !== undefined)
    return (
      <span className={`truncate ${styles.line} ${line.kind === "said" ? "" : styles.act}`} title={line.text} dir="auto">
        {line.text}
      </span>
    );
  if (agent.description === "") return null;
  return (
    <span className={`truncate ${styles.line}`} title={agent.description} dir="auto">
      {agent.description}
    </span>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  return <span className="number faint">{seconds < 10 ? `${seconds} s` : duration(seconds * 1_000)}</span>;
}
