import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { runLabel, type Show } from "../live/lines";
import { TranscriptView } from "../live/TranscriptView";
import { useTranscript } from "../live/useTranscript";
import { may } from "../session";
import { Money } from "../ui/Money";
import { StateMark } from "../ui/StateMark";
import { CommentBox } from "./CommentBox";
import styles from "./TaskWork.module.css";
import { type Task, taskTree } from "./task_queries";
import type { TaskActs } from "./useTaskActs";

const AT_WORK = new Set(["queued", "running", "sleeping", "waiting", "paused"]);

/** What the agent does on this task, as it happens, the runs in which it does, and a way to tell it something. */
export function TaskWork({ task, acts }: { task: Task; acts: TaskActs }) {
  const [show, setShow] = useState<Show>("all");
  const live = useTranscript({ url: `/v1/tasks/${task.key}/stream`, after: 0 });
  const agent = task.assignee?.agent;
  const atWork = agent !== undefined && task.state !== null && AT_WORK.has(task.state);
  return (
    <div className={styles.work}>
      <Runs task={task.key} />
      <div className={styles.stream}>
        <TranscriptView
          live={live}
          show={show}
          onShow={setShow}
          label={agent === undefined ? `What happened on ${task.key}` : `What ${agent} does on ${task.key}`}
          separateRuns
          empty="No agent has worked on this task yet."
        />
      </div>
      {atWork && may("agents:write") && (
        <CommentBox
          label={`Tell ${agent}`}
          placeholder={`Tell ${agent} something: it is read at the next turn`}
          sendWord="Tell"
          send={(text) => acts.tellAgent(agent, text)}
        />
      )}
    </div>
  );
}

function Runs({ task }: { task: string }) {
  const { data } = useQuery({ ...taskTree(task), enabled: may("tasks:read") });
  const runs = data?.root.runs ?? [];
  if (runs.length === 0) return null;
  return (
    <ul className={styles.runs} aria-label="Runs">
      {runs.map((run) => (
        <li key={run.id}>
          <Link to="/runs/$id" params={{ id: run.id }} className={styles.run} title={run.id}>
            <span className="mono">{runLabel(run.id)}</span>
            <StateMark state={run.state} />
            {run.agent !== null && <span className="quiet truncate">{run.agent}</span>}
            <Money amount={run.cost} className="quiet" />
          </Link>
        </li>
      ))}
    </ul>
  );
}
