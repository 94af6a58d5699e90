import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { runLabel } from "../live/lines";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Chip } from "../ui/Chip";
import { SelectField, TextField } from "../ui/Field";
import { Money } from "../ui/Money";
import { Picker } from "../ui/Picker";
import { isState, StateMark } from "../ui/StateMark";
import { Attachments } from "./Attachments";
import { assigneeOf, assigneeValue, PRIORITIES, type Priority, readAssignee } from "./card";
import { Dependencies } from "./Dependencies";
import { Due } from "./Due";
import { fromField, toField } from "./due";
import { LabelsField } from "./LabelsField";
import { useAssigneeOptions, usePersonOptions, useTaskOptions } from "./options";
import { PriorityMark, priorityWord } from "./PriorityMark";
import { oneBoard } from "./queries";
import styles from "./TaskFacts.module.css";
import type { Task } from "./task_queries";
import type { TaskActs } from "./useTaskActs";
import { Watchers } from "./Watchers";

/** Everything about a task that is one word or one name, each changed where it stands. */
export function TaskFacts({ task, acts }: { task: Task; acts: TaskActs }) {
  return (
    <aside className={styles.facts} aria-label="Properties">
      {may("tasks:write") ? <Changeable task={task} acts={acts} /> : <Readable task={task} />}
      <Work task={task} />
      <Dependencies task={task} acts={acts} />
      <Attachments task={task} acts={acts} />
      <Watchers task={task} acts={acts} />
      <p className={styles.made}>
        Made by {task.created_by}, <Ago at={task.created_at} />. Changed <Ago at={task.updated_at} />.
      </p>
    </aside>
  );
}

function Changeable({ task, acts }: { task: Task; acts: TaskActs }) {
  const { data: board } = useQuery(oneBoard(task.board));
  const assignees = useAssigneeOptions();
  const people = usePersonOptions();
  const tasks = useTaskOptions(task.board, [task.key]);
  const columns = board?.columns.map((column) => column.name) ?? [];
  return (
    <div className={styles.fields}>
      <SelectField label="Column" value={task.column} onChange={(event) => void acts.move(event.target.value)}>
        {(columns.includes(task.column) ? columns : [task.column, ...columns]).map((column) => (
          <option key={column}>{column}</option>
        ))}
      </SelectField>
      <Picker
        label="Assignee"
        options={assignees}
        value={assigneeValue(assigneeOf(task))}
        onChange={(value) => void acts.assign(readAssignee(value))}
        clearable
        placeholder="Nobody"
      />
      <Picker
        label="Owner"
        options={people}
        value={task.owner}
        onChange={(owner) => void acts.change({ owner })}
        clearable
        placeholder="Nobody"
      />
      <SelectField
        label="Priority"
        value={task.priority}
        onChange={(event) => void acts.change({ priority: event.target.value as Priority })}
      >
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {priorityWord(priority)}
          </option>
        ))}
      </SelectField>
      <LabelsField board={task.board} value={task.labels} onChange={(labels) => void acts.change({ labels })} />
      <DueField task={task} acts={acts} />
      <Picker
        label="Part of"
        options={tasks}
        value={task.parent}
        onChange={(parent) => void acts.change({ parent })}
        clearable
        placeholder="No other task"
        noMatch="No card of that name on this board"
        hint={
          task.parent === null ? undefined : (
            <Link to="/board/$key" params={{ key: task.parent }}>
              Open {task.parent}
            </Link>
          )
        }
      />
    </div>
  );
}

/** A date is complete only once its field is left: until then each key would be a change. */
function DueField({ task, acts }: { task: Task; acts: TaskActs }) {
  const [typed, setTyped] = useState<string | null>(null);
  const keep = () => {
    if (typed === null) return;
    setTyped(null);
    if (typed !== toField(task.due_at)) void acts.change({ due_at: fromField(typed) });
  };
  return (
    <TextField
      label="Due"
      type="datetime-local"
      value={typed ?? toField(task.due_at)}
      hint={task.due_at === null ? undefined : <Due at={task.due_at} />}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
      }}
    />
  );
}

/** The same for who may only look. */
function Readable({ task }: { task: Task }) {
  const to = assigneeOf(task);
  return (
    <dl className={styles.rows}>
      <Row name="Column">{task.column}</Row>
      <Row name="Assignee">{to?.name ?? "nobody"}</Row>
      <Row name="Owner">{task.owner ?? "nobody"}</Row>
      <Row name="Priority">
        <PriorityMark priority={task.priority} word />
      </Row>
      <Row name="Labels">{task.labels.length === 0 ? "none" : task.labels.map((label) => <Chip key={label}>{label}</Chip>)}</Row>
      <Row name="Due">{task.due_at === null ? "never" : <Due at={task.due_at} />}</Row>
      <Row name="Part of">
        {task.parent === null ? (
          "nothing"
        ) : (
          <Link to="/board/$key" params={{ key: task.parent }}>
            {task.parent}
          </Link>
        )}
      </Row>
    </dl>
  );
}

/** What its agent's work has come to: the latest run, and what all of them cost, with the parts. */
function Work({ task }: { task: Task }) {
  if (task.run === null && task.children.cost === "0") return null;
  return (
    <dl className={styles.rows}>
      {task.run !== null && (
        <Row name="Run">
          <Link to="/runs/$id" params={{ id: task.run }} className="mono" title={task.run}>
            {runLabel(task.run)}
          </Link>
          {isState(task.state) && <StateMark state={task.state} />}
        </Row>
      )}
      <Row name="Cost">
        <Money amount={task.cost} />
        {task.children.cost !== "0" && (
          <span className="quiet">
            + <Money amount={task.children.cost} /> below
          </span>
        )}
      </Row>
    </dl>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.row}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
