import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ago } from "../ui/Ago";
import { type Column, DataList } from "../ui/DataList";
import { duration } from "../ui/duration";
import { Empty } from "../ui/Empty";
import { Money } from "../ui/Money";
import { StateMark } from "../ui/StateMark";
import { functionRuns, type Run } from "./queries";
import styles from "./RecentRuns.module.css";
import { RunStrip } from "./RunStrip";
import { type Figures, figuresOf, lengthOf } from "./run_figures";

const SHOWN = 10;

const COLUMNS: readonly Column<Run>[] = [
  { name: "run", head: "Run", width: "96px", main: true, cell: (run) => <span className="mono">{run.label}</span> },
  { name: "state", head: "State", width: "minmax(110px, 1fr)", cell: (run) => <StateMark state={run.state} /> },
  {
    name: "what",
    head: "Why",
    width: "minmax(0, 3fr)",
    cell: (run) => (
      <span className="faint" title={said(run)}>
        {said(run)}
      </span>
    ),
  },
  {
    name: "took",
    head: "Took",
    width: "84px",
    align: "end",
    cell: (run) => {
      const length = lengthOf(run);
      return length === null ? null : <span className="number quiet">{duration(length)}</span>;
    },
  },
  {
    name: "cost",
    head: "Cost",
    width: "72px",
    align: "end",
    wideOnly: true,
    cell: (run) => (run.cost === null || Number(run.cost) > 0 ? <Money amount={run.cost} className="quiet" /> : null),
  },
  { name: "at", head: "Made", width: "90px", align: "end", cell: (run) => <Ago at={run.created_at} className="faint" /> },
];

/** Columns that are left out where no run has anything to say in them. */
const SAYS: Record<string, (run: Run) => boolean> = {
  what: (run) => said(run) !== "",
  cost: (run) => run.cost === null || Number(run.cost) > 0,
};

/** How the newest runs went: figures, a strip, and the newest of them. */
export function RecentRuns({ id }: { id: string }) {
  const { data: runs, error, refetch } = useQuery(functionRuns(id));
  return (
    <div className={styles.recent}>
      <h2 className={styles.title}>
        Recent runs
        {runs !== undefined && runs.length > 0 && (
          <span className={styles.looked}>{runs.length === 1 ? "its one run" : `its last ${runs.length} runs`}</span>
        )}
      </h2>
      {runs !== undefined && runs.length > 0 && (
        <>
          <Numbers figures={figuresOf(runs)} />
          <RunStrip runs={runs} />
        </>
      )}
      <DataList
        label="Recent runs"
        columns={COLUMNS.filter((column) => runs?.some(SAYS[column.name] ?? (() => true)))}
        rows={runs?.slice(0, SHOWN)}
        rowKey={(run) => run.id}
        rowLink={(run) => ({ to: "/runs/$id", params: { id: run.id } })}
        failure={runs === undefined ? error : null}
        retry={() => void refetch()}
        hasMore={false}
        loadingMore={false}
        more={() => {}}
        empty={<Empty title="It has not run yet">Invoke it, or send an event that starts it.</Empty>}
      />
      {runs !== undefined && runs.length > SHOWN && (
        <p>
          <Link to="/runs" search={{ fn: id }}>
            All its runs
          </Link>
        </p>
      )}
    </div>
  );
}

function Numbers({ figures }: { figures: Figures }) {
  const rate = figures.ended === 0 ? null : Math.round((figures.failed / figures.ended) * 100);
  return (
    <dl className={styles.numbers}>
      <div>
        <dt title="The median of those that completed">Half of those done, at most</dt>
        <dd className="number">{figures.p50 === null ? "–" : duration(figures.p50)}</dd>
      </div>
      <div>
        <dt title="The 95th percentile of those that completed">95 % of those done, at most</dt>
        <dd className="number">{figures.p95 === null ? "–" : duration(figures.p95)}</dd>
      </div>
      <div>
        <dt>Failed</dt>
        <dd className={`number ${figures.failed > 0 ? styles.failed : ""}`}>
          {rate === null ? "–" : `${rate} %`}
          {figures.ended > 0 && (
            <span className={styles.of}>
              {figures.failed} of {figures.ended}
            </span>
          )}
        </dd>
      </div>
    </dl>
  );
}

/** Why it stands where it stands: what it failed of, or what it waits for. */
function said(run: Run): string {
  const message = run.error?.message;
  if (run.state === "failed" && typeof message === "string") return message;
  return run.reason ?? "";
}
