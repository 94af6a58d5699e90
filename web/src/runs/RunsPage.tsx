import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may } from "../session";
import { Button } from "../ui/Button";
import { DataList } from "../ui/DataList";
import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";
import { tell } from "../ui/tell";
import { dismissRun, undismissRun } from "./acts";
import { Chosen } from "./Chosen";
import type { Run, RunSearch } from "./list_filter";
import { NewRuns } from "./NewRuns";
import { patchRuns, rememberList, useRuns } from "./queries";
import { RunFilters } from "./RunFilters";
import styles from "./RunsPage.module.css";
import { runColumns } from "./run_columns";

/** Every run, the newest first, as they come and as they change. */
export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const client = useQueryClient();
  const runs = useRuns(search);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const narrowed = Object.values(search).some((value) => value !== undefined);
  const maySend = may("events:send");
  useEffect(() => rememberList(search), [search]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen of another list is not chosen of this one
  useEffect(() => setChosen(new Set()), [JSON.stringify(search)]);

  const change = (next: RunSearch) => void navigate({ search: (held) => ({ ...held, ...next }), replace: true });
  const failures = search.state === "failed";
  const columns = useMemo(() => {
    const dismiss = (run: Run) => {
      const undo = run.dismissed_at !== null;
      patchRuns(client, [{ ...run, dismissed_at: undo ? null : new Date().toISOString() }]);
      (undo ? undismissRun(run.id) : dismissRun(run.id)).then(
        (fresh) => patchRuns(client, [fresh]),
        (reason) => {
          patchRuns(client, [run]);
          tell(`${run.label} was not ${undo ? "put back" : "dismissed"}`)(reason);
        },
      );
    };
    return runColumns(failures && may("runs:control") ? dismiss : null);
  }, [client, failures]);
  const toSend = () => void navigate({ to: "/events", search: { send: "1" } });
  useShortcuts(maySend ? [{ keys: "c", label: "Send a test event", group: "Runs", run: toSend }] : []);

  const rows = runs.rows;
  const picked = useMemo(() => rows?.filter((run) => chosen.has(run.id)) ?? [], [rows, chosen]);
  return (
    <Page
      title="Runs"
      aside={
        maySend && (
          <Button look="ink" icon={<Send size={14} />} hotkey="c" onClick={toSend}>
            Send a test event
          </Button>
        )
      }
    >
      <RunFilters search={search} onChange={change} />
      <Chosen picked={picked} search={search} onClear={() => setChosen(new Set())} />
      <NewRuns rows={rows} />
      <div className={styles.list}>
        <DataList
          label="Runs"
          columns={columns}
          rowKey={(run) => run.id}
          rowLink={(run) => ({ to: "/runs/$id", params: { id: run.id } })}
          selected={chosen}
          onSelect={setChosen}
          empty={
            narrowed ? (
              <Empty title="No run fits" action={<Button onClick={() => void navigate({ search: {} })}>Show all runs</Button>}>
                {search.state === "failed" && search.dismissed === "no"
                  ? "Nothing has failed that somebody has not seen to."
                  : "A text is looked for in errors; a class of errors has to be named in full."}
              </Empty>
            ) : (
              <Empty
                title="Nothing has run yet"
                command="flowforge send order/created -d total=420"
                action={
                  maySend && (
                    <Button look="ink" onClick={toSend}>
                      Send a test event
                    </Button>
                  )
                }
              >
                A run begins when an event comes that a function listens to, by the clock, or by hand on the page of a{" "}
                <Link to="/functions">function</Link>. It is kept step by step, and goes on after every crash.
              </Empty>
            )
          }
          {...runs}
        />
      </div>
    </Page>
  );
}
