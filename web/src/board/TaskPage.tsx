import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Archive, ArchiveRestore, ChevronRight, Pencil } from "lucide-react";
import { Suspense, useRef, useState } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { lazyPart } from "../shell/part";
import { Button, IconButton } from "../ui/Button";
import { copyText } from "../ui/copy";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Markdown } from "../ui/Markdown";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton } from "../ui/Snippet";
import { isState, StateMark } from "../ui/StateMark";
import { Tabs } from "../ui/Tabs";
import { AssignDialog } from "./AssignDialog";
import { Announcer, announce } from "./announce";
import { Checklist } from "./Checklist";
import { Comments } from "./Comments";
import { assigneeOf, assigneeValue } from "./card";
import { InPlace } from "./InPlace";
import { oneBoard } from "./queries";
import { Section } from "./Section";
import { TaskActivity } from "./TaskActivity";
import { TaskFacts } from "./TaskFacts";
import { TaskNeeds } from "./TaskNeeds";
import styles from "./TaskPage.module.css";
import { TaskParts } from "./TaskParts";
import { oneTask, type Task } from "./task_queries";
import { isForPage } from "./useBoardKeys";
import { useTaskActs } from "./useTaskActs";

const TaskWork = lazyPart(() => import("./TaskWork").then(({ TaskWork }) => ({ default: TaskWork })));
const route = getRouteApi("/board/$key");
const GROUP = "Task";

/** One task: what is to be done, what its agent does, what it needs from a person, and what everybody says. */
export function TaskPage() {
  const { key } = route.useParams();
  const found = useQuery(oneTask(key.toUpperCase()));
  if (found.data !== undefined) return <OneTask key={found.data.key} task={found.data} />;
  if (found.error instanceof Problem && found.error.status === 404)
    return (
      <Page title={key}>
        <Empty title={`There is no task ${key}`} action={<Link to="/board">To the board</Link>}>
          {found.error.message}
        </Empty>
      </Page>
    );
  return (
    <Page title={key}>
      {found.error !== null ? (
        <Failure reason={found.error} retry={() => void found.refetch()} />
      ) : (
        <div className={styles.page}>
          <Skeleton lines={8} label={`Loading ${key}`} />
          <Skeleton lines={6} label="Loading its properties" />
        </div>
      )}
    </Page>
  );
}

function OneTask({ task }: { task: Task }) {
  const { view = "talk" } = route.useSearch();
  const navigate = route.useNavigate();
  const acts = useTaskActs(task.key);
  const [editing, setEditing] = useState<"title" | "description" | null>(null);
  const [assigning, setAssigning] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const { data: board } = useQuery(oneBoard(task.board));
  const writes = may("tasks:write");

  const comment = () => {
    // At once where it is there: who types on is not to write beside it.
    if (view === "talk") return box.current?.focus();
    void navigate({ search: (held) => ({ ...held, view: undefined }) });
    requestAnimationFrame(() => box.current?.focus());
  };
  useShortcuts([
    {
      keys: "Escape",
      label: "Back to the board",
      group: GROUP,
      run: (event: KeyboardEvent) => {
        if (isForPage(event)) void navigate({ to: "/board", search: boardSearch(task) });
      },
    },
    {
      keys: ".",
      label: "Copy its key",
      group: GROUP,
      run: () => void copyText(task.key).then(() => announce(`${task.key} is copied`)),
    },
    ...(writes
      ? [
          { keys: "e", label: "Change the title", group: GROUP, run: () => setEditing("title") },
          { keys: "d", label: "Change the description", group: GROUP, run: () => setEditing("description") },
          { keys: "i", label: "Assign…", group: GROUP, run: () => setAssigning(true) },
          { keys: "r", label: "Comment", group: GROUP, run: comment },
          ...(board?.columns ?? []).slice(0, 9).map((column, index) => ({
            keys: String(index + 1),
            label: `Move to ${column.name}`,
            group: GROUP,
            run: () => {
              if (column.name === task.column) return;
              announce(`${task.key} moved to ${column.name}`);
              void acts.move(column.name);
            },
          })),
        ]
      : []),
  ]);

  return (
    <Page
      title={`${task.key} ${task.title}`}
      heading={
        <span className={styles.crumbs}>
          <Link to="/board" search={boardSearch(task)} className={styles.crumb}>
            {board?.name ?? "Board"}
          </Link>
          {task.parent !== null && (
            <>
              <ChevronRight size={14} aria-hidden="true" />
              <Link to="/board/$key" params={{ key: task.parent }} className={styles.crumb}>
                {task.parent}
              </Link>
            </>
          )}
          <ChevronRight size={14} aria-hidden="true" />
          <span className={styles.key}>{task.key}</span>
          <CopyButton text={task.key} label="Copy the key" />
          {task.archived_at !== null && <StateMark state="archived" />}
          {task.archived_at === null && task.parked && <StateMark state="paused" word="parked" />}
          {task.archived_at === null && !task.parked && isState(task.state) && <StateMark state={task.state} />}
        </span>
      }
      aside={
        writes && (
          <Button
            size="small"
            icon={task.archived_at === null ? <Archive size={14} /> : <ArchiveRestore size={14} />}
            onClick={() => void acts.archive(task.archived_at === null)}
          >
            {task.archived_at === null ? "Archive" : "Take out of the archive"}
          </Button>
        )
      }
    >
      <div className={styles.page}>
        <div className={styles.main}>
          <Title task={task} editing={editing === "title"} onEditing={(now) => setEditing(now ? "title" : null)} acts={acts} />
          <TaskNeeds task={task.key} acts={acts} />
          <Description
            task={task}
            editing={editing === "description"}
            onEditing={(now) => setEditing(now ? "description" : null)}
            acts={acts}
          />
          <Checklist task={task} acts={acts} />
          <TaskParts task={task} />
        </div>
        <TaskFacts task={task} acts={acts} />
        <div className={styles.talk}>
          <Tabs
            label="What happened"
            current={view}
            tabs={[
              { name: "talk", label: "Comments", count: task.comments.length },
              { name: "work", label: "Work" },
              { name: "activity", label: "Activity" },
            ]}
          />
          {view === "work" ? (
            <Suspense fallback={<Skeleton lines={6} label="Loading the work" />}>
              <TaskWork task={task} acts={acts} />
            </Suspense>
          ) : view === "activity" ? (
            <TaskActivity task={task.key} />
          ) : (
            <Comments task={task} acts={acts} box={box} />
          )}
        </div>
      </div>
      {assigning && <AssignDialog keys={[task.key]} now={assigneeValue(assigneeOf(task))} onClose={() => setAssigning(false)} />}
      <Announcer />
    </Page>
  );
}

/** The board of a task, as it stands in the address. */
function boardSearch(task: Task): { board?: string } {
  return task.board === "FF" ? {} : { board: task.board };
}

type Editable = { task: Task; editing: boolean; onEditing: (editing: boolean) => void; acts: ReturnType<typeof useTaskActs> };

function Title({ task, editing, onEditing, acts }: Editable) {
  return (
    <div className={styles.title}>
      <InPlace
        label="Title"
        value={task.title}
        editing={editing}
        onEditing={onEditing}
        lengthMax={500}
        required
        onSave={(title) => acts.change({ title }, "The title was not changed")}
      >
        <h2 className={styles.words} dir="auto">
          {task.title}
        </h2>
        {may("tasks:write") && (
          <IconButton size="small" label="Change the title" icon={<Pencil size={14} />} onClick={() => onEditing(true)} />
        )}
      </InPlace>
    </div>
  );
}

function Description({ task, editing, onEditing, acts }: Editable) {
  const writes = may("tasks:write");
  if (task.description === "" && !writes) return null;
  return (
    <Section
      title="Description"
      aside={
        writes &&
        !editing && (
          <Button size="small" look="bare" onClick={() => onEditing(true)}>
            {task.description === "" ? "Write one" : "Edit"}
          </Button>
        )
      }
    >
      <InPlace
        label="Description"
        value={task.description}
        editing={editing}
        onEditing={onEditing}
        lines={Math.min(24, Math.max(6, task.description.split("\n").length + 1))}
        hint="Markdown. An agent reads it as its task. Ctrl or ⌘ and Enter save."
        onSave={(description) => acts.change({ description }, "The description was not changed")}
      >
        {task.description === "" ? <p className="faint">There is none.</p> : <Markdown text={task.description} />}
      </InPlace>
    </Section>
  );
}
