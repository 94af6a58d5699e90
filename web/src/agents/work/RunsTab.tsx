import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { NewRuns } from "../../runs/NewRuns";
import { useRuns } from "../../runs/queries";
import { runColumns } from "../../runs/run_columns";
import { triggerWord } from "../../runs/words";
import { Button } from "../../ui/Button";
import { Chooser } from "../../ui/Chooser";
import { type Column, DataList } from "../../ui/DataList";
import { Empty } from "../../ui/Empty";
import type { Agent, Run } from "../agent_queries";

const route = getRouteApi("/agents/$name");
const STATES = [
  { value: undefined, label: "All" },
  { value: "running", label: "Running" },
  { value: "waiting", label: "Waiting" },
  { value: "failed", label: "Failed" },
  { value: "completed", label: "Done" },
];

/** The runs in which the agent worked, the newest first. */
export default function RunsTab({ agent }: { agent: Agent }) {
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useRuns({ agent: agent.name, state });
  const columns = useMemo(columnsHere, []);
  const change = (next: string | undefined) => void navigate({ search: (held) => ({ ...held, state: next }), replace: true });
  return (
    <>
      <Chooser label="State" options={STATES} current={state} onChoose={change} />
      <NewRuns rows={runs.rows} />
      <DataList
        label={`Runs of ${agent.name}`}
        columns={columns}
        rowKey={(run) => run.id}
        rowLink={(run) => ({ to: "/runs/$id", params: { id: run.id } })}
        empty={
          state === undefined ? (
            <Empty title={`${agent.name} has not worked yet`} command={`flowforge agents run ${agent.name} "What can you do?"`}>
              Each time that it works on a task, answers in a workflow or is asked directly is a run, kept step by step.
            </Empty>
          ) : (
            <Empty title="No run of that kind" action={<Button onClick={() => change(undefined)}>Show all of its runs</Button>} />
          )
        }
        {...runs}
      />
    </>
  );
}

/** As in the list of all runs, but for the function, which is always the agent's: here stands what it was about. */
function columnsHere(): Column<Run>[] {
  return runColumns(null)
    .filter((column) => column.name !== "trigger")
    .map((column) => (column.name === "function" ? { ...column, head: "About", cell: about } : column));
}

function about(run: Run) {
  const failure = run.state === "failed" ? (run.error?.reason ?? run.error?.message) : null;
  return (
    <>
      <span className="mono">{run.task ?? ""}</span>
      {run.task === null && <span>{triggerWord(run.trigger) === "by hand" ? "asked directly" : triggerWord(run.trigger)}</span>}
      {typeof failure === "string" && <span className="quiet"> · {failure}</span>}
      {run.reason !== null && run.ended_at === null && <span className="quiet"> · {run.reason}</span>}
    </>
  );
}
