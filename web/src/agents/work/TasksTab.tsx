import { PriorityMark } from "../../board/PriorityMark";
import { Ago } from "../../ui/Ago";
import { Avatar } from "../../ui/Avatar";
import { type Column, DataList } from "../../ui/DataList";
import { Empty } from "../../ui/Empty";
import { Money } from "../../ui/Money";
import { isState, StateMark } from "../../ui/StateMark";
import { type Agent, type Task, useTasksOf } from "../agent_queries";
import styles from "./TasksTab.module.css";

const COLUMNS: readonly Column<Task>[] = [
  {
    name: "state",
    head: "State",
    width: "104px",
    cell: (task) => (isState(task.state) ? <StateMark state={task.state} /> : <span className="faint">not begun</span>),
  },
  { name: "title", head: "Task", width: "minmax(0, 4fr)", main: true, cell: (task) => <Title task={task} /> },
  {
    name: "column",
    head: "Column",
    width: "minmax(72px, 1fr)",
    cell: (task) => <span className="quiet truncate">{task.column}</span>,
  },
  { name: "plan", head: "Plan", width: "56px", align: "end", wideOnly: true, cell: (task) => <Plan task={task} /> },
  { name: "owner", head: "Owner", width: "112px", wideOnly: true, cell: (task) => <Owner task={task} /> },
  {
    name: "cost",
    head: "Cost",
    width: "64px",
    align: "end",
    cell: (task) => (task.cost === null || Number(task.cost) === 0 ? null : <Money amount={task.cost} />),
  },
  {
    name: "changed",
    head: "Changed",
    width: "88px",
    align: "end",
    cell: (task) => <Ago at={task.updated_at} className="faint" />,
  },
];

/** The cards that are the agent's, those that changed last first. */
export default function TasksTab({ agent }: { agent: Agent }) {
  const tasks = useTasksOf(agent.name);
  return (
    <DataList
      label={`Tasks of ${agent.name}`}
      columns={COLUMNS}
      rowKey={(task) => task.key}
      rowLink={(task) => ({ to: "/board/$key", params: { key: task.key } })}
      empty={
        <Empty title={`No card belongs to ${agent.name}`} command={`flowforge board add "Look at this" --assign ${agent.name}`}>
          Give it a card on the board, or by the button above: it begins as soon as there is room.
        </Empty>
      }
      {...tasks}
    />
  );
}

function Title({ task }: { task: Task }) {
  return (
    <span className={styles.title}>
      <span className={`mono ${styles.key}`}>{task.key}</span>
      <PriorityMark priority={task.priority} />
      <span className="truncate" dir="auto" title={task.title}>
        {task.title}
      </span>
      {task.blocked_by.length > 0 && <span className="faint">waits for {task.blocked_by.join(", ")}</span>}
    </span>
  );
}

function Plan({ task }: { task: Task }) {
  if (task.checklist.length === 0) return null;
  const done = task.checklist.filter((item) => item.done).length;
  return (
    <span className="number quiet" title={`${done} of ${task.checklist.length} done`}>
      {done}/{task.checklist.length}
    </span>
  );
}

function Owner({ task }: { task: Task }) {
  if (task.owner === null) return null;
  return (
    <span className={styles.owner} title={`${task.owner} answers for it`}>
      <Avatar name={task.owner} kind="person" size={18} />
      <span className="truncate quiet">{task.owner}</span>
    </span>
  );
}
