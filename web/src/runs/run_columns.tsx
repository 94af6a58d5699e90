import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Chip } from "../ui/Chip";
import type { Column } from "../ui/DataList";
import { duration } from "../ui/duration";
import { Money } from "../ui/Money";
import { useNow } from "../ui/now";
import { StateMark } from "../ui/StateMark";
import { isOver } from "./acts";
import type { Run } from "./list_filter";
import styles from "./RunsPage.module.css";
import { functionName, triggerWord } from "./words";

/** The columns of the list. `dismiss`, on the list of failures: take one off it, or put it back. There the state is known, and the trigger gives way to the error. */
export function runColumns(dismiss: ((run: Run) => void) | null): Column<Run>[] {
  return [
    ...(dismiss === null ? [STATE] : []),
    { name: "function", head: "Function", width: "minmax(0, 3fr)", main: true, cell: (run) => <What run={run} /> },
    {
      name: "run",
      head: "Run",
      width: "80px",
      cell: (run) => (
        <span className="mono faint" title={run.id}>
          {run.label}
        </span>
      ),
    },
    ...(dismiss === null ? [TRIGGER] : []),
    { name: "duration", head: "Took", width: "88px", align: "end", cell: (run) => <Took run={run} /> },
    { name: "cost", head: "Cost", width: "64px", align: "end", cell: (run) => <Cost run={run} /> },
    { name: "age", head: "Began", width: "88px", align: "end", cell: (run) => <Ago at={run.created_at} className="faint" /> },
    ...(dismiss === null
      ? []
      : [
          {
            name: "act",
            head: "Seen to",
            width: "84px",
            align: "end" as const,
            cell: (run: Run) => <Dismiss run={run} dismiss={dismiss} />,
          },
        ]),
  ];
}

const STATE: Column<Run> = {
  name: "state",
  head: "State",
  width: "112px",
  cell: (run) => <StateMark state={run.state} detail={run.attempt > 1 ? `try ${run.attempt}` : undefined} />,
};

const TRIGGER: Column<Run> = {
  name: "trigger",
  head: "Trigger",
  width: "minmax(0, 1.2fr)",
  wideOnly: true,
  cell: (run) => (
    <span className={`mono ${styles.trigger}`} title={run.trigger}>
      {triggerWord(run.trigger)}
    </span>
  ),
};

function Dismiss({ run, dismiss }: { run: Run; dismiss: (run: Run) => void }) {
  const word = run.dismissed_at === null ? "Dismiss" : "Put back";
  return (
    <Button size="small" onClick={() => dismiss(run)} aria-label={`${word} ${run.label}`}>
      {word}
    </Button>
  );
}

/** The function, and what there is to know of the run at a glance: what it failed with, or why it does not go on. */
function What({ run }: { run: Run }) {
  const failure = run.state === "failed" ? (run.error?.reason ?? run.error?.message) : null;
  return (
    <>
      <span className={styles.function} title={run.function}>
        {run.agent ?? functionName(run.function)}
      </span>
      {run.task !== null && <span className={styles.reason}> · {run.task}</span>}
      {run.test && (
        <>
          {" "}
          <Chip title="A test key began it">test</Chip>
        </>
      )}
      {run.dismissed_at !== null && (
        <>
          {" "}
          <Chip title="Somebody took it off the list of failures">dismissed</Chip>
        </>
      )}
      {run.progress !== null && !isOver(run) && (
        <>
          {" "}
          <Progress run={run} />
        </>
      )}
      {typeof failure === "string" && <span className={styles.error}> · {failure}</span>}
      {run.reason !== null && !isOver(run) && <span className={styles.reason}> · {run.reason}</span>}
    </>
  );
}

function Progress({ run }: { run: Run }) {
  if (run.progress === null) return null;
  const done = Math.round(Math.min(1, Math.max(0, run.progress.done)) * 100);
  return (
    <span
      role="progressbar"
      aria-label="Progress"
      aria-valuenow={done}
      aria-valuemin={0}
      aria-valuemax={100}
      title={`${done} %${run.progress.message ? ` · ${run.progress.message}` : ""}`}
      className={`${styles.progress} ${run.state === "running" ? styles.live : ""}`}
    >
      <span className={styles.progressDone} style={{ width: `${done}%` }} />
    </span>
  );
}

/** How long it took, or how long it has been at it. */
export function Took({ run }: { run: Run }) {
  if (run.started_at === null) return null;
  if (run.ended_at !== null)
    return <span className="number">{duration(Date.parse(run.ended_at) - Date.parse(run.started_at))}</span>;
  return <Ticking from={Date.parse(run.started_at)} />;
}

function Ticking({ from }: { from: number }) {
  const now = useNow();
  return <span className="number">{duration(Math.max(0, Math.floor((now - from) / 1_000) * 1_000))}</span>;
}

/** What it cost. Most runs ask no model, and a column of zeros tells nothing. */
function Cost({ run }: { run: Run }) {
  if (run.cost !== null && Number(run.cost) === 0) return null;
  return <Money amount={run.cost} />;
}
