import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { oneTask } from "../../board/task_queries";
import { brief as tokens } from "../../costs/count";
import type { Entry } from "../../live/entry";
import { runLabel } from "../../live/lines";
import { may } from "../../session";
import { IconButton } from "../../ui/Button";
import { duration } from "../../ui/duration";
import { money } from "../../ui/money";
import { useNow } from "../../ui/now";
import { Skeleton } from "../../ui/Skeleton";
import { StateMark } from "../../ui/StateMark";
import type { Agent, Run } from "../agent_queries";
import { doingOf } from "./doing";
import type { Figures } from "./figures";
import { Plan } from "./Plan";
import styles from "./RunInHand.module.css";

/** One run that an agent has in hand: for which task, what it does at this moment, how far its limits are used, and the plan. */
export function RunInHand({
  agent,
  run,
  entries,
  figures,
  isWhole,
  unfolded,
}: {
  agent: Agent;
  run: Run;
  entries: readonly Entry[];
  /** Null until it is known. */
  figures: Figures | null;
  /** They are over the whole run, not only its end. */
  isWhole: boolean;
  /** Shown whole from the start; the others are a line each until somebody wants more of them. */
  unfolded: boolean;
}) {
  const [turned, setTurned] = useState<boolean | null>(null);
  const open = turned ?? unfolded;
  const { data: task } = useQuery({ ...oneTask(run.task ?? ""), enabled: run.task !== null && may("tasks:read") });
  const doing = run.state === "running" ? doingOf(entries, run.id) : null;
  return (
    <li className={styles.run}>
      <div className={styles.what}>
        {run.task === null ? (
          <span className="quiet">Asked directly</span>
        ) : (
          <Link to="/board/$key" params={{ key: run.task }} className={styles.task} dir="auto">
            <span className="mono">{run.task}</span> {task?.title}
          </Link>
        )}
      </div>
      <div className={styles.state}>
        <StateMark state={run.state} word={doing?.words} />
        {doing?.since && <Since ms={doing.since} />}
        <span className={styles.gap} />
        <Link to="/runs/$id" params={{ id: run.id }} className={`mono ${styles.label}`} title={run.id}>
          {runLabel(run.id)}
        </Link>
        <IconButton
          size="small"
          className={styles.fold}
          aria-expanded={open}
          label={`More of ${run.task ?? runLabel(run.id)}`}
          icon={<ChevronRight size={14} className={open ? styles.turned : undefined} />}
          onClick={() => setTurned(!open)}
        />
      </div>
      {!open ? null : figures === null ? (
        <Skeleton lines={2} label="Adding up what it has used" />
      ) : (
        <Used agent={agent} run={run} figures={figures} more={isWhole ? "" : "+"} />
      )}
      {open && task !== undefined && task.checklist.length > 0 && <Plan items={task.checklist} />}
    </li>
  );
}

function Since({ ms }: { ms: number }) {
  const now = useNow();
  const seconds = Math.floor((now - ms) / 1_000);
  return seconds < 1 ? null : <span className="number faint">{duration(seconds * 1_000)}</span>;
}

function Used({ agent, run, figures, more }: { agent: Agent; run: Run; figures: Figures; more: string }) {
  const { turns, tool_calls: calls, money: limit } = agent.limits ?? {};
  // The stream is told of a call at once, the run's row a moment later; what the row has of before is not always read back.
  const spent = Math.max(Number(run.cost ?? 0), figures.cost ?? 0);
  const priced = run.unpriced_calls === 0 && figures.cost !== null;
  return (
    <dl className={styles.used}>
      <Figure name="Turns" value={`${figures.turns}${more}`} most={turns ?? null} used={figures.turns} />
      <Figure name="Tools used" value={`${figures.toolCalls}${more}`} most={calls ?? null} used={figures.toolCalls} />
      <Figure name="Context" value={figures.context === null ? "–" : `${tokens(figures.context)} tok`} most={null} used={0} />
      <Figure
        name="Spent"
        value={priced ? money(spent) : "unpriced"}
        most={limit == null ? null : Number(limit)}
        used={spent}
        shown={limit == null ? undefined : money(limit)}
      />
    </dl>
  );
}

function Figure({
  name,
  value,
  most,
  used,
  shown,
}: {
  name: string;
  value: string;
  most: number | null;
  used: number;
  shown?: string;
}) {
  const near = most !== null && used >= most * 0.8;
  return (
    <div className={styles.figure}>
      <dt className={styles.name}>{name}</dt>
      <dd className={`number ${styles.value} ${near ? styles.near : ""}`}>
        {value}
        {most !== null && <span className="faint"> of {shown ?? most}</span>}
      </dd>
    </div>
  );
}
