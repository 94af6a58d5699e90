import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronDown, ChevronLeft, ChevronUp } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { Problem } from "../api/problem";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { IconButton } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Money } from "../ui/Money";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { SplitPane } from "../ui/SplitPane";
import { StateMark } from "../ui/StateMark";
import { isOver } from "./acts";
import { Elapsed } from "./Elapsed";
import { FailureCard } from "./FailureCard";
import { LogPanel } from "./LogPanel";
import type { Run } from "./list_filter";
import { neighbours } from "./queries";
import type { ReplayFrom } from "./ReplayDialog";
import { RunActs } from "./RunActs";
import { RunFacts } from "./RunFacts";
import styles from "./RunPage.module.css";
import { RunValues } from "./RunValues";
import { StepPane } from "./StepPane";
import { needsPerson, type Step } from "./step";
import { Talk } from "./Talk";
import { type LiveRun, useRun } from "./useRun";
import type { Show } from "./waterfall/rows";
import { Waterfall } from "./waterfall/Waterfall";
import { functionName } from "./words";

/** One run: what it did, when, what it cost, what it failed with; live while it goes on. */
export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const run = useRun(id);
  const missing = run.failure instanceof Problem && run.failure.status === 404;
  if (run.story === undefined)
    return (
      <Page title={missing ? "No such run" : "Run"} wide>
        {missing ? (
          <p className="quiet">
            There is no run <code>{id}</code>. It may have been deleted, or its time is over. <Link to="/runs">All runs</Link>
          </p>
        ) : run.failure ? (
          <Failure reason={run.failure} retry={run.retry} />
        ) : (
          <Skeleton lines={10} label="Loading the run" />
        )}
      </Page>
    );
  return <Loaded key={run.story.run.id} live={run} story={run.story} />;
}

function Loaded({ live, story }: { live: LiveRun; story: NonNullable<LiveRun["story"]> }) {
  const { run, steps } = story;
  const search = useSearch({ from: "/runs/$id" });
  const navigate = useNavigate({ from: "/runs/$id" });
  const client = useQueryClient();
  const [replay, setReplay] = useState<ReplayFrom | null>(null);
  const paneHead = useRef<HTMLHeadingElement>(null);
  const over = isOver(run);
  const step =
    search.step === undefined
      ? undefined
      : (steps.find((one) => one.key === search.step) ?? steps.find((one) => one.name === search.step));
  const attempt = search.attempt === undefined ? null : Number(search.attempt);

  const open = search.step;
  const select = useCallback(
    (key: string | null, tried: number | null = null) =>
      void navigate({
        search: (held) => ({ ...held, step: key ?? undefined, attempt: tried === null ? undefined : String(tried) }),
        // Back closes the step; it does not go through all that were looked at.
        replace: open !== undefined,
      }),
    [navigate, open],
  );
  const change = useCallback(
    (next: { scale?: string; show?: string; q?: string }) =>
      void navigate({ search: (held) => ({ ...held, ...next }), replace: true }),
    [navigate],
  );
  const close = () => select(null);
  const beside = neighbours(client, run.id);
  const goTo = (other: string | null) => other !== null && void navigate({ to: "/runs/$id", params: { id: other }, search: {} });
  useShortcuts([
    { keys: "[", label: "Run after this one", group: "Run", run: () => goTo(beside.newer) },
    { keys: "]", label: "Run before this one", group: "Run", run: () => goTo(beside.older) },
    {
      keys: "Escape",
      label: step === undefined ? "All runs" : "Close the step",
      group: "Run",
      run: () => (step === undefined ? void navigate({ to: "/runs" }) : close()),
    },
  ]);
  const mayReplay = over && may("runs:start");
  return (
    <div className={styles.page}>
      <Page
        wide
        title={`${functionName(run.function)} ${run.label}`}
        heading={
          <Heading
            run={run}
            onNewer={beside.newer === null ? null : () => goTo(beside.newer)}
            onOlder={beside.older === null ? null : () => goTo(beside.older)}
          />
        }
        aside={
          <RunActs
            run={run}
            step={step?.key ?? null}
            awaited={awaitedSignal(steps)}
            put={live.put}
            replay={replay}
            onReplay={setReplay}
          />
        }
      >
        <div className={styles.standing}>
          <Standing run={run} needs={!over && steps.some(needsPerson)} />
          <RunFacts run={run} />
        </div>
        <FailureCard story={story} onStep={(key) => select(key)} />
        <div className={styles.work}>
          <SplitPane
            name="run"
            label="Width of the timeline"
            first={
              <Waterfall
                story={story}
                selected={step?.key ?? null}
                attempt={attempt}
                onSelect={select}
                onEnter={() => paneHead.current?.focus()}
                trueScale={search.scale === "true"}
                show={showOf(search.show)}
                q={search.q ?? ""}
                onChange={change}
              />
            }
            second={
              step === undefined ? (
                <RunValues run={run} steps={steps} />
              ) : (
                <StepPane
                  key={step.key}
                  step={step}
                  attempt={attempt}
                  run={run}
                  live={live.live}
                  onReplay={mayReplay ? () => setReplay({ kind: "step", step: step.key }) : null}
                  onClose={close}
                  headRef={paneHead}
                />
              )
            }
          />
        </div>
        {run.agent !== null && !over && <Talk run={run} />}
        <LogPanel key={run.id} run={run.id} heard={live.heard} onStep={(key) => select(key)} />
      </Page>
    </div>
  );
}

function Heading({ run, onNewer, onOlder }: { run: Run; onNewer: (() => void) | null; onOlder: (() => void) | null }) {
  return (
    <>
      <Link to="/runs" className={styles.back} aria-label="All runs" title="All runs (Esc)">
        <ChevronLeft size={18} />
      </Link>
      <span className={styles.label} title={run.id}>
        {run.label}
      </span>
      <Link to="/functions/$id" params={{ id: run.function }} className={styles.function} title={run.function}>
        {functionName(run.function)}
      </Link>
      {(onNewer !== null || onOlder !== null) && (
        <span className={styles.beside}>
          <IconButton
            size="small"
            label="Run after this one ([)"
            icon={<ChevronUp size={16} />}
            disabled={onNewer === null}
            onClick={() => onNewer?.()}
          />
          <IconButton
            size="small"
            label="Run before this one (])"
            icon={<ChevronDown size={16} />}
            disabled={onOlder === null}
            onClick={() => onOlder?.()}
          />
        </span>
      )}
    </>
  );
}

/** How it stands: the state, how long, what it cost, and why it does not go on. */
function Standing({ run, needs }: { run: Run; needs: boolean }) {
  return (
    <>
      <span className={styles.state} role="status">
        <StateMark
          state={needs && run.state !== "paused" ? "needs" : run.state}
          detail={run.attempt > 1 ? `try ${run.attempt}` : undefined}
        />
      </span>
      <Elapsed run={run} />
      {(run.cost === null || Number(run.cost) > 0) && <Money amount={run.cost} />}
      {run.progress !== null && (
        <span className={styles.progress}>
          <progress max={1} value={run.progress.done} aria-label="Progress" />
          {run.progress.message}
        </span>
      )}
      {run.reason !== null && !isOver(run) && <span className="quiet">{run.reason}</span>}
    </>
  );
}

function awaitedSignal(steps: readonly Step[]): string | null {
  const waiting = steps.find((step) => step.kind === "wait_for_signal" && step.state === "waiting");
  const named = (waiting?.row?.input as { signal?: unknown } | null | undefined)?.signal;
  return typeof named === "string" ? named : null;
}

function showOf(text: string | undefined): Show {
  return text === "failed" || text === "ai" ? text : "all";
}
