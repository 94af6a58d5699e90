import { useNavigate } from "@tanstack/react-router";
import { Check, Copy, Ellipsis, Pause, Play, RotateCcw, X } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may, session } from "../session";
import { useCommands } from "../shell/commands";
import { lazyPart } from "../shell/part";
import { Button, IconButton } from "../ui/Button";
import { copyText } from "../ui/copy";
import { Menu, type MenuItem } from "../ui/Menu";
import { tell } from "../ui/tell";
import { cancelRun, dismissRun, isOver, pauseRun, resumeRun, undismissRun } from "./acts";
import { curlOf, pytestOf } from "./copies";
import { downloadHistory } from "./history";
import type { Run } from "./list_filter";
import type { ReplayFrom } from "./ReplayDialog";

const ReplayDialog = lazyPart(() => import("./ReplayDialog").then(({ ReplayDialog }) => ({ default: ReplayDialog })));
const SignalDialog = lazyPart(() => import("./SignalDialog").then(({ SignalDialog }) => ({ default: SignalDialog })));
const MoveDialog = lazyPart(() => import("./MoveDialog").then(({ MoveDialog }) => ({ default: MoveDialog })));
const DeleteDialog = lazyPart(() => import("./DeleteDialog").then(({ DeleteDialog }) => ({ default: DeleteDialog })));

type Layer = { kind: "replay"; from: ReplayFrom } | { kind: "signal" | "move" | "delete" };

/** What can be done to a run, as buttons, a menu and keys. */
export function RunActs({
  run,
  step,
  awaited,
  put,
  replay,
  onReplay,
}: {
  run: Run;
  /** The step that is open beside the timeline. */
  step: string | null;
  /** The signal that it waits for, if it waits for one. */
  awaited: string | null;
  /** Show the run as an answer says that it is now. */
  put: (run: Run) => void;
  /** The replay that was asked for elsewhere on the page. */
  replay: ReplayFrom | null;
  onReplay: (from: ReplayFrom | null) => void;
}) {
  const navigate = useNavigate();
  const [layer, setLayer] = useState<Exclude<Layer, { kind: "replay" }> | null>(null);
  const [copied, setCopied] = useState<string | null>(null);
  const over = isOver(run);
  const mayControl = may("runs:control");
  const mayStart = may("runs:start");
  const { label, id } = run;
  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);

  const act = (name: string, request: Promise<Run>) => void request.then(put, tell(`${label} was not ${name}`));
  const copy = (what: string, text: string) => void copyText(text).then(() => setCopied(what), tell(`${what} was not copied`));
  const pause = () => act("paused", pauseRun(id));
  const resume = () => act("resumed", resumeRun(id));
  const cancel = () => act("cancelled", cancelRun(id));
  const dismiss = () => act("dismissed", dismissRun(id));
  const undismiss = () => act("put back", undismissRun(id));
  const exportHistory = () => void downloadHistory(run).catch(tell(`The history of ${label} was not exported`));
  const again = () => onReplay(run.state === "failed" ? { kind: "failure" } : { kind: "start" });

  const acts: (MenuItem & { show: boolean })[] = [
    {
      show: mayControl && !over,
      label: "Signal…",
      hint: "Give it a fact that it waits for",
      onSelect: () => setLayer({ kind: "signal" }),
    },
    {
      show: mayControl && !over,
      label: "Move to a version…",
      hint: "Other code goes on with it",
      onSelect: () => setLayer({ kind: "move" }),
    },
    {
      show: mayControl && run.state === "failed" && run.dismissed_at === null,
      label: "Dismiss",
      hint: "Take it off the list of failures",
      onSelect: dismiss,
    },
    {
      show: mayControl && run.dismissed_at !== null,
      label: "Put back",
      hint: "On the list of failures again",
      onSelect: undismiss,
    },
    { show: true, label: "Export its history", hint: "For flowforge check-replay and tests", onSelect: exportHistory },
    { show: may("runs:delete"), label: "Delete…", danger: true, onSelect: () => setLayer({ kind: "delete" }) },
  ];
  const offered = acts.filter((one) => one.show);
  const server = location.origin;
  const pytest = pytestOf(run);
  const copies: MenuItem[] = [
    { label: "Link", onSelect: () => copy("Link", `${server}/runs/${id}`) },
    { label: "Id", hotkey: ".", onSelect: () => copy("Id", id) },
    {
      label: "curl",
      hint: run.function.startsWith("flowforge.") ? "that asks for it" : "that begins one like it",
      onSelect: () => copy("curl", curlOf(run, server, session().me.kind === "key" || session().me.csrf_token !== null)),
    },
    {
      label: "pytest",
      hint: pytest === null ? "flowforge export-test writes one for an agent's run" : "a test that begins one like it",
      disabled: pytest === null,
      onSelect: () => pytest !== null && copy("pytest", pytest),
    },
  ];

  useShortcuts([
    { keys: ".", label: "Copy the run's id", group: "Run", run: () => copy("Id", id) },
    ...(mayStart && over ? [{ keys: "Shift+R", label: "Replay", group: "Run", run: again }] : []),
  ]);
  useCommands([
    ...(mayStart && over ? [{ label: `Replay run ${label}`, group: "Run", hotkey: "Shift+R", run: again }] : []),
    ...(mayControl && !over && run.state !== "paused" ? [{ label: `Pause run ${label}`, group: "Run", run: pause }] : []),
    ...(mayControl && run.state === "paused" ? [{ label: `Resume run ${label}`, group: "Run", run: resume }] : []),
    ...(mayControl && !over ? [{ label: `Cancel run ${label}`, group: "Run", run: cancel }] : []),
  ]);

  return (
    <>
      {mayControl && !over && run.state !== "paused" && (
        <Button icon={<Pause size={14} />} onClick={pause}>
          Pause
        </Button>
      )}
      {mayControl && !over && (
        <Button look="danger" icon={<X size={14} />} onClick={cancel}>
          Cancel
        </Button>
      )}
      <Menu
        align="end"
        trigger={
          <Button icon={copied === null ? <Copy size={14} /> : <Check size={14} />}>
            {copied === null ? "Copy" : `${copied} copied`}
          </Button>
        }
        label="Copy"
        items={copies}
      />
      <span className="visually-hidden" role="status">
        {copied === null ? "" : `${copied} copied`}
      </span>
      {mayControl && run.state === "paused" && (
        <Button look="ink" icon={<Play size={14} />} onClick={resume}>
          Resume
        </Button>
      )}
      {mayStart && over && (
        <Menu
          align="end"
          trigger={
            <Button look="ink" icon={<RotateCcw size={14} />} hotkey="Shift+R">
              Replay
            </Button>
          }
          label="Replay"
          items={[
            { label: "From the start", hint: "Everything runs again", onSelect: () => onReplay({ kind: "start" }) },
            {
              label: "From where it failed",
              hint: "What was done before is taken over",
              disabled: run.state !== "failed",
              onSelect: () => onReplay({ kind: "failure" }),
            },
            {
              label: step === null ? "From a step" : `From ${step}`,
              hint: step === null ? "Open the step first" : "What was done before is taken over",
              disabled: step === null,
              onSelect: () => step !== null && onReplay({ kind: "step", step }),
            },
            {
              label: "With another input…",
              hint: "See what is reused before it begins",
              onSelect: () => onReplay({ kind: "input" }),
            },
          ]}
        />
      )}
      {offered.length > 0 && (
        <Menu align="end" trigger={<IconButton label="More" icon={<Ellipsis size={16} />} />} label="More" items={offered} />
      )}
      <Suspense>
        {replay !== null && (
          <ReplayDialog
            run={run}
            from={replay}
            onClose={() => onReplay(null)}
            onBegun={(fresh) => {
              onReplay(null);
              void navigate({ to: "/runs/$id", params: { id: fresh }, search: {} });
            }}
          />
        )}
        {layer?.kind === "signal" && <SignalDialog run={run} awaited={awaited} onClose={() => setLayer(null)} />}
        {layer?.kind === "move" && <MoveDialog run={run} put={put} onClose={() => setLayer(null)} />}
        {layer?.kind === "delete" && <DeleteDialog run={run} onClose={() => setLayer(null)} />}
      </Suspense>
    </>
  );
}
