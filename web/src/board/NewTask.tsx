import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Problem } from "../api/problem";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { SelectField, TextArea, TextField } from "../ui/Field";
import { Picker } from "../ui/Picker";
import { assigneeIn, createTask } from "./acts";
import { announce } from "./announce";
import { PRIORITIES, readAssignee } from "./card";
import { fromField } from "./due";
import { LabelsField } from "./LabelsField";
import styles from "./NewTask.module.css";
import { useAssigneeOptions, usePersonOptions, useTaskOptions } from "./options";
import { priorityWord } from "./PriorityMark";
import { oneBoard } from "./queries";
import { TasksField } from "./TasksField";

type Draft = {
  title: string;
  description: string;
  assignee: string | null;
  owner: string | null;
  column: string;
  priority: string;
  labels: string[];
  due: string;
  checklist: string;
  parent: string | null;
  dependsOn: string[];
};

const BLANK: Draft = {
  ...{ title: "", description: "", assignee: null, owner: null, column: "", priority: "none", labels: [], due: "" },
  ...{ checklist: "", parent: null, dependsOn: [] },
};

/** A task with all that it can be made with. What was typed is kept until it is made or put away. */
export function NewTask({
  board,
  parent = null,
  onClose,
  onMade,
}: {
  board: string;
  parent?: string | null;
  onClose: () => void;
  onMade: (key: string) => void;
}) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ ...BLANK, parent });
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { data: view } = useQuery(oneBoard(board));
  const people = usePersonOptions();
  const assignees = useAssigneeOptions();
  const tasks = useTaskOptions(board);
  const change = (part: Partial<Draft>) => setDraft((held) => ({ ...held, ...part }));
  const fault = (pointer: string) => (failure instanceof Problem ? failure.fault(pointer) : undefined);
  const told = failure instanceof Problem && failure.errors.some((one) => one.pointer !== undefined && SHOWN.has(one.pointer));
  const to = readAssignee(draft.assignee);

  const make = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    createTask(client, {
      board,
      title: draft.title.trim(),
      description: draft.description,
      assignee: to === null ? undefined : assigneeIn(to),
      owner: draft.owner ?? undefined,
      column: draft.column || undefined,
      priority: draft.priority,
      labels: draft.labels,
      due_at: fromField(draft.due) ?? undefined,
      checklist: draft.checklist
        .split("\n")
        .map((line) => line.replace(/^\s*[-*]\s+/, "").trim())
        .filter(Boolean),
      parent: draft.parent ?? undefined,
      depends_on: draft.dependsOn,
    })
      .then((task) => {
        announce(`${task.key} was made in ${task.column}`);
        onMade(task.key);
      })
      .catch((reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      });
  };

  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title="New task"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="new-task" busy={busy} disabled={draft.title.trim() === ""}>
            Make the task
          </Button>
        </>
      }
    >
      <form id="new-task" className={styles.form} onSubmit={make}>
        <div className={styles.words}>
          <TextField
            label="Title"
            value={draft.title}
            autoFocus
            required
            maxLength={500}
            error={fault("/title")}
            onChange={(event) => change({ title: event.target.value })}
          />
          <TextArea
            label="Description"
            hint="Markdown. An agent reads it as its task."
            rows={7}
            value={draft.description}
            error={fault("/description")}
            onChange={(event) => change({ description: event.target.value })}
          />
          <TextArea
            label="Checklist"
            hint="One thing to do on each line."
            rows={3}
            value={draft.checklist}
            error={fault("/checklist")}
            onChange={(event) => change({ checklist: event.target.value })}
          />
        </div>
        <div className={styles.facts}>
          <Picker
            label="Assignee"
            options={assignees}
            value={draft.assignee}
            onChange={(assignee) => change({ assignee })}
            clearable
            placeholder="Nobody"
            error={fault("/assignee/agent") ?? fault("/assignee/user")}
            hint={to?.kind === "agent" ? startWords(to.name, draft.column, view?.columns) : undefined}
          />
          <Picker
            label="Owner"
            options={people}
            value={draft.owner}
            onChange={(owner) => change({ owner })}
            clearable
            placeholder={to?.kind === "agent" ? "You" : "Nobody"}
            error={fault("/owner")}
          />
          <div className={styles.pair}>
            <SelectField
              label="Column"
              value={draft.column}
              error={fault("/column")}
              onChange={(event) => change({ column: event.target.value })}
            >
              <option value="">{to?.kind === "agent" ? "Where it is worked on" : "The first one"}</option>
              {view?.columns.map((column) => (
                <option key={column.id} value={column.name}>
                  {column.name}
                </option>
              ))}
            </SelectField>
            <SelectField
              label="Priority"
              value={draft.priority}
              error={fault("/priority")}
              onChange={(event) => change({ priority: event.target.value })}
            >
              {PRIORITIES.map((priority) => (
                <option key={priority} value={priority}>
                  {priorityWord(priority)}
                </option>
              ))}
            </SelectField>
          </div>
          <LabelsField board={board} value={draft.labels} onChange={(labels) => change({ labels })} />
          <TextField
            label="Due"
            type="datetime-local"
            value={draft.due}
            error={fault("/due_at")}
            onChange={(event) => change({ due: event.target.value })}
          />
          <Picker
            label="Part of"
            options={tasks}
            value={draft.parent}
            onChange={(next) => change({ parent: next })}
            clearable
            placeholder="No other task"
            noMatch="No card of that name on this board"
            error={fault("/parent")}
          />
          <TasksField
            board={board}
            label="Waits for"
            value={draft.dependsOn}
            onChange={(dependsOn) => change({ dependsOn })}
            error={fault("/depends_on")}
          />
        </div>
        {failure !== null && !told && <Failure reason={failure} />}
      </form>
    </Dialog>
  );
}

/** Where a fault is shown beside its field. */
const SHOWN = new Set(
  "/title /description /checklist /assignee/agent /assignee/user /owner /column /priority /due_at /parent /depends_on".split(" "),
);

function startWords(agent: string, column: string, columns: readonly { name: string; category: string }[] | undefined): string {
  const parked = columns?.find((one) => one.name === column)?.category === "backlog";
  return parked ? `${agent} does not begin before the card is moved out of ${column}.` : `${agent} begins as soon as it can.`;
}
