import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, Pause, Play, Zap } from "lucide-react";
import { useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { copyText } from "../ui/copy";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { FunctionFacts } from "./FunctionFacts";
import styles from "./FunctionPage.module.css";
import { InvokeDialog } from "./InvokeDialog";
import { PauseDialog } from "./PauseDialog";
import { FRESH, type FunctionOut, functionList, type Pause as PauseOut, pauseList, resume } from "./queries";
import { pausedWords } from "./queue_words";
import { RecentRuns } from "./RecentRuns";

/** One function: what starts it, how it runs, how it went lately. */
export function FunctionPage() {
  const { id } = useParams({ from: "/functions/$id" });
  const { data: functions, error, refetch } = useQuery({ ...functionList, ...FRESH });
  const navigate = useNavigate();
  useShortcuts([
    { keys: "Escape", label: "Back to functions", group: "Function", run: () => void navigate({ to: "/functions" }) },
    { keys: ".", label: "Copy its id", group: "Function", run: () => void copyText(id) },
  ]);
  const found = functions?.find((one) => one.id === id);
  if (found !== undefined) return <Known found={found} />;
  return (
    <Page title={id} heading={<Heading id={id} />}>
      {error !== null && functions === undefined ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : functions === undefined ? (
        <Skeleton lines={10} label="Loading the function" />
      ) : (
        <>
          <Empty
            title="No worker has published this function"
            command="flowforge functions"
            action={<Link to="/functions">All functions</Link>}
          >
            Its name changed, its code was taken away, or its worker has not started yet. Its earlier runs are kept.
          </Empty>
          <RecentRuns id={id} />
        </>
      )}
    </Page>
  );
}

function Known({ found }: { found: FunctionOut }) {
  const { invoke } = useSearch({ from: "/functions/$id" });
  const navigate = useNavigate({ from: "/functions/$id" });
  const client = useQueryClient();
  const { data: pauses } = useQuery({ ...pauseList, ...FRESH });
  const [pausing, setPausing] = useState(false);
  const paused = pauses?.find((one) => one.function === found.id && !one.everywhere);
  const everywhere = pauses?.find((one) => (one.function === found.id || one.function === null) && one !== paused);
  const mayInvoke = may("runs:start") && !found.builtin;
  const mayPause = may("queue:control");
  const setInvoke = (open: boolean) => void navigate({ search: { invoke: open ? "1" : undefined }, replace: !open });
  const goOn = () => void resume(client, found.id).catch(tell(`${found.id} is still paused`));
  useShortcuts([
    ...(mayInvoke ? [{ keys: "c", label: "Invoke it", group: "Function", run: () => setInvoke(true) }] : []),
    ...(mayPause && pauses !== undefined
      ? [
          {
            keys: "p",
            label: paused ? "Let it go on" : "Pause it",
            group: "Function",
            run: () => (paused ? goOn() : setPausing(true)),
          },
        ]
      : []),
  ]);
  return (
    <Page
      title={found.id}
      heading={<Heading id={found.id} />}
      aside={
        <>
          {mayPause &&
            pauses !== undefined &&
            (paused ? (
              <Button icon={<Play size={14} />} hotkey="p" onClick={goOn}>
                Go on
              </Button>
            ) : (
              <Button icon={<Pause size={14} />} hotkey="p" onClick={() => setPausing(true)}>
                Pause
              </Button>
            ))}
          {mayInvoke && (
            <Button look="ink" icon={<Zap size={14} />} hotkey="c" onClick={() => setInvoke(true)}>
              Invoke
            </Button>
          )}
        </>
      }
    >
      <Notices found={found} paused={paused ?? everywhere} />
      <div className={styles.columns}>
        <RecentRuns id={found.id} />
        <FunctionFacts found={found} />
      </div>
      {pausing && <PauseDialog id={found.id} onClose={() => setPausing(false)} />}
      {mayInvoke && invoke !== undefined && <InvokeDialog found={found} onClose={() => setInvoke(false)} />}
    </Page>
  );
}

/** What keeps its runs from beginning, said before anything else. */
function Notices({ found, paused }: { found: FunctionOut; paused: PauseOut | undefined }) {
  return (
    <div aria-live="polite" className={styles.notices}>
      {!found.live && (
        <p className={styles.gone}>
          <strong>✗ No live worker knows it.</strong> Events still make runs; they stay queued until a worker with{" "}
          <code>{found.app}</code> is there.
        </p>
      )}
      {paused !== undefined && (
        <p className={styles.paused}>
          <strong>‖ {pausedWords(paused)}.</strong> Events still make runs, which wait.
        </p>
      )}
    </div>
  );
}

function Heading({ id }: { id: string }) {
  return (
    <>
      <Link to="/functions" className={styles.back} aria-label="Back to functions">
        <ChevronLeft size={18} />
      </Link>
      <span className={styles.name}>{id}</span>
    </>
  );
}
