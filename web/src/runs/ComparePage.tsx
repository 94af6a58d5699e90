import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useMemo, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { type Column, DataList, OnCard } from "../ui/DataList";
import { JsonDiff, TextDiff } from "../ui/Diff";
import { duration } from "../ui/duration";
import { Failure } from "../ui/Failure";
import { CheckField } from "../ui/Field";
import { Json } from "../ui/Json";
import { money } from "../ui/money";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { SplitPane } from "../ui/SplitPane";
import { StateMark } from "../ui/StateMark";
import styles from "./ComparePage.module.css";
import { type Figures, figuresOf, isSame, type Mark, outcome, type Pair, pairsOf } from "./compare";
import { costDifference } from "./cost";
import type { Run } from "./list_filter";
import { type RunWithSteps, runDetail } from "./queries";
import { type Step, stepOf } from "./step";
import { functionName, keySuffix, kindWord, tookWord } from "./words";

/** Two runs side by side: what differs in figures, step by step, and in what a step gave. */
export function ComparePage() {
  const { id, other } = useParams({ from: "/runs/$id/compare/$other" });
  const left = useQuery(runDetail(id));
  const right = useQuery(runDetail(other));
  const failed = left.isError ? left : right.isError ? right : null;
  if (failed !== null)
    return (
      <Page title="Compare runs">
        <Failure reason={failed.error} retry={() => void failed.refetch()} />
      </Page>
    );
  if (left.data === undefined || right.data === undefined)
    return (
      <Page title="Compare runs">
        <Skeleton lines={10} label="Loading the runs" />
      </Page>
    );
  return <Compared left={left.data} right={right.data} />;
}

function Compared({ left, right }: { left: RunWithSteps; right: RunWithSteps }) {
  const search = useSearch({ from: "/runs/$id/compare/$other" });
  const navigate = useNavigate({ from: "/runs/$id/compare/$other" });
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [steps, others] = useMemo(() => [left.steps.map(stepOf), right.steps.map(stepOf)], [left, right]);
  const pairs = useMemo(() => pairsOf(steps, others), [steps, others]);
  const shown = onlyDifferent ? pairs.filter((pair) => pair.mark !== "same") : pairs;
  const different = pairs.filter((pair) => pair.mark !== "same").length;
  const pair = pairs.find((one) => one.key === search.step);
  const choose = (step: string | undefined) => void navigate({ search: { step }, replace: true });
  useShortcuts([
    {
      keys: "Escape",
      label: "Close the step, or back to the run",
      group: "Compare",
      run: () => (pair ? choose(undefined) : void navigate({ to: "/runs/$id", params: { id: right.run.id } })),
    },
    { keys: "d", label: "Only what differs", group: "Compare", run: () => setOnlyDifferent(!onlyDifferent) },
  ]);
  return (
    <div className={styles.page}>
      <Page
        wide
        title={`${left.run.label} and ${right.run.label}`}
        heading={
          <>
            <Link to="/runs/$id" params={{ id: right.run.id }} className={styles.back} aria-label="Back to the run">
              <ChevronLeft size={18} />
            </Link>
            Compare runs
          </>
        }
      >
        <FigureTable
          left={left.run}
          right={right.run}
          figures={figuresOf(steps, left.run)}
          others={figuresOf(others, right.run)}
        />
        <div className={styles.bar}>
          <span className="quiet" role="status">
            {different === 0
              ? "All steps are the same."
              : `${different.toLocaleString()} of ${pairs.length.toLocaleString()} steps differ.`}
          </span>
          <CheckField
            label="Only what differs"
            checked={onlyDifferent}
            onChange={(event) => setOnlyDifferent(event.target.checked)}
          />
        </div>
        <div className={styles.work}>
          <SplitPane
            name="compare"
            label="Width of the steps"
            share={55}
            first={
              <div className={styles.list}>
                <DataList
                  label="Steps"
                  columns={COLUMNS}
                  rows={shown}
                  rowKey={(one) => one.key}
                  onOpen={(one) => choose(one.key)}
                  isCurrent={(one) => one.key === search.step}
                  empty={<p className="quiet">Nothing differs.</p>}
                  failure={null}
                  retry={() => {}}
                  hasMore={false}
                  loadingMore={false}
                  more={() => {}}
                />
              </div>
            }
            second={
              pair === undefined ? (
                <p className={`quiet ${styles.hint}`}>
                  Choose a step to see what it was given and what it gave, beside each other.
                </p>
              ) : (
                <PairView pair={pair} left={left.run} right={right.run} />
              )
            }
          />
        </div>
      </Page>
    </div>
  );
}

const MARKS: Record<Mark, { sign: string; word: string }> = {
  same: { sign: "=", word: "same" },
  changed: { sign: "±", word: "changed" },
  left: { sign: "−", word: "only left" },
  right: { sign: "+", word: "only right" },
};

const COLUMNS: readonly Column<Pair>[] = [
  {
    name: "mark",
    head: "Steps are",
    width: "96px",
    cell: ({ mark }) => (
      <span className={`${styles.mark} ${styles[mark]}`}>
        <span aria-hidden="true">{MARKS[mark].sign}</span> {MARKS[mark].word}
      </span>
    ),
  },
  {
    name: "step",
    head: "Step",
    width: "minmax(0, 1fr)",
    main: true,
    cell: (pair) => (
      <span title={pair.key}>
        <span className="mono" dir="auto">
          {pair.name}
          <span className="faint">{keySuffix(pair)}</span>
        </span>
        {kindWord(pair.kind) !== null && <span className="faint"> {kindWord(pair.kind)}</span>}
      </span>
    ),
  },
  { name: "left", head: "Left", width: "92px", align: "end", cell: ({ left }) => <Side name="left" step={left} /> },
  { name: "right", head: "Right", width: "92px", align: "end", cell: ({ right }) => <Side name="right" step={right} /> },
];

function Side({ name, step }: { name: string; step: Step | null }) {
  return (
    <>
      <OnCard>{name} </OnCard>
      <Took step={step} />
    </>
  );
}

function Took({ step }: { step: Step | null }) {
  if (step === null) return <span className="faint">none</span>;
  if (step.reused) return <span className="faint">cached</span>;
  if (step.state === "failed") return <StateMark state="failed" />;
  return <span className="number">{step.ms === null ? step.state : tookWord(step.ms)}</span>;
}

function FigureTable({ left, right, figures, others }: { left: Run; right: Run; figures: Figures; others: Figures }) {
  const cost = costDifference(figures.cost, others.cost);
  return (
    <table className={styles.figures}>
      <thead className={styles.heads}>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Run</span>
          </th>
          <th scope="col">State</th>
          <th scope="col">Took</th>
          <th scope="col">Cost</th>
          <th scope="col">Tokens</th>
          <th scope="col">Steps</th>
          <th scope="col">Failed tries</th>
        </tr>
      </thead>
      <tbody>
        <FigureRow name="Left" run={left} figures={figures} />
        <FigureRow name="Right" run={right} figures={others} />
        <tr className={styles.difference}>
          <th scope="row">Difference</th>
          <td data-label="state">{left.state === right.state ? "none" : "another"}</td>
          <td data-label="took">{figures.ms === null || others.ms === null ? "" : signed(others.ms - figures.ms, duration)}</td>
          <td data-label="cost">{cost === null ? "unknown" : signedMoney(cost)}</td>
          <td data-label="tokens">{signed(others.tokens - figures.tokens, (value) => value.toLocaleString())}</td>
          <td data-label="steps">{signed(others.steps - figures.steps, String)}</td>
          <td data-label="failed tries">{signed(others.tries - figures.tries, String)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function FigureRow({ name, run, figures }: { name: string; run: Run; figures: Figures }) {
  return (
    <tr>
      <th scope="row">
        <span className="faint">{name}</span>{" "}
        <Link to="/runs/$id" params={{ id: run.id }} className="mono" title={run.id}>
          {run.label}
        </Link>{" "}
        <span className={styles.function}>{functionName(run.function)}</span>
      </th>
      <td>
        <StateMark state={run.state} />
      </td>
      <td data-label="took">{figures.ms === null ? "not over" : duration(figures.ms)}</td>
      <td data-label="cost">{money(figures.cost)}</td>
      <td data-label="tokens">{figures.tokens.toLocaleString()}</td>
      <td data-label="steps">{figures.steps.toLocaleString()}</td>
      <td data-label="failed tries">{figures.tries}</td>
    </tr>
  );
}

function PairView({ pair, left, right }: { pair: Pair; left: Run; right: Run }) {
  const one = pair.left;
  const other = pair.right;
  return (
    <section className={styles.pair} aria-label={`Step ${pair.name}`}>
      <h2 className={styles.title} dir="auto">
        {pair.name}
      </h2>
      <p className="faint">
        {left.label} before, {right.label} after
      </p>
      <h3>What it gave</h3>
      <Difference
        before={one === null ? undefined : outcome(one)}
        after={other === null ? undefined : outcome(other)}
        label="What it gave"
      />
      <h3>What it was given</h3>
      <Difference before={one?.row?.input} after={other?.row?.input} label="What it was given" />
    </section>
  );
}

/** Texts are compared line by line, values leaf by leaf. */
function Difference({ before, after, label }: { before: unknown; after: unknown; label: string }) {
  if (isSame(before, after))
    return (
      <>
        <p className="quiet">The same in both.</p>
        {after !== null && after !== undefined && <Json value={after} label={label} />}
      </>
    );
  if (typeof before === "string" && typeof after === "string") return <TextDiff before={before} after={after} />;
  return <JsonDiff before={before} after={after} />;
}

function signed(value: number, show: (value: number) => string): string {
  return value === 0 ? "none" : `${value > 0 ? "+" : "−"}${show(Math.abs(value))}`;
}

function signedMoney(amount: string): string {
  const value = Number(amount);
  return value === 0 ? "none" : `${value > 0 ? "+" : ""}${money(amount)}`;
}
