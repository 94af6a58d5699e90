import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { may } from "../session";
import { lazyPart } from "../shell/part";
import { Button } from "../ui/Button";
import { Menu } from "../ui/Menu";
import { notify } from "../ui/notices";
import { type Act, allows, cancelRun, deleteRun, dismissRun, pauseRun, permissionOf, replayRun, resumeRun } from "./acts";
import styles from "./Chosen.module.css";
import type { Run, RunSearch } from "./list_filter";
import { dropRuns, patchRuns } from "./queries";

const BulkDialog = lazyPart(() => import("./BulkDialog").then(({ BulkDialog }) => ({ default: BulkDialog })));

const ACTS: readonly { act: Act; label: string; done: string }[] = [
  { act: "replay", label: "Replay", done: "replayed" },
  { act: "cancel", label: "Cancel", done: "cancelled" },
  { act: "pause", label: "Pause", done: "paused" },
  { act: "resume", label: "Resume", done: "resumed" },
  { act: "dismiss", label: "Dismiss", done: "dismissed" },
  { act: "delete", label: "Delete", done: "deleted" },
];
const AT_ONCE = 4;

/** What can be done to the runs that were chosen, and to all that the filter finds. */
export function Chosen({ picked, search, onClear }: { picked: readonly Run[]; search: RunSearch; onClear: () => void }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [all, setAll] = useState<Act | null>(null);
  const [one, other] = picked;
  const allowed = ACTS.filter((one) => may(permissionOf(one.act)));
  if (allowed.length === 0) return null;

  const carryOut = async (act: Act, done: string) => {
    const meant = picked.filter((run) => allows(run, act));
    setBusy(true);
    const failures: unknown[] = [];
    const left = [...meant];
    const work = async () => {
      for (let run = left.shift(); run !== undefined; run = left.shift())
        await carryOutOn(act, run).then(
          (fresh) => (fresh === null ? dropRuns(client, new Set([run.id])) : patchRuns(client, [fresh])),
          (reason: unknown) => failures.push(reason),
        );
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    setBusy(false);
    const first = failures[0];
    if (first !== undefined)
      notify(
        `${failures.length} of ${meant.length} runs were not ${done}: ${first instanceof Error ? first.message : String(first)}`,
      );
    else onClear();
  };

  return (
    <>
      <section className={styles.bar} aria-label="Chosen runs">
        {picked.length > 0 ? (
          <>
            <strong className="number" role="status">
              {picked.length === 1 ? "1 run chosen" : `${picked.length} runs chosen`}
            </strong>
            {allowed.map(({ act, label, done }) => {
              const count = picked.filter((run) => allows(run, act)).length;
              return (
                count > 0 && (
                  <Button
                    key={act}
                    size="small"
                    look={act === "delete" ? "danger" : "plain"}
                    disabled={busy}
                    title={count < picked.length ? `${count} of them can be ${done}` : undefined}
                    onClick={() => void carryOut(act, done)}
                  >
                    {label}
                    {count < picked.length && <span className="faint number">{count}</span>}
                  </Button>
                )
              );
            })}
            {one !== undefined && other !== undefined && picked.length === 2 && (
              <Link to="/runs/$id/compare/$other" params={{ id: other.id, other: one.id }} className={styles.compare}>
                Compare them
              </Link>
            )}
            <Button size="small" look="bare" onClick={onClear}>
              Clear
            </Button>
          </>
        ) : (
          <span className="faint">Choose runs with x, or</span>
        )}
        {may("runs:control") && (
          <Menu
            trigger={
              <Button size="small" look="bare">
                Act on all that fit…
              </Button>
            }
            label="Act on all runs that fit"
            items={allowed.map(({ act, label }) => ({
              label: `${label} all that fit…`,
              danger: act === "delete",
              onSelect: () => setAll(act),
            }))}
          />
        )}
      </section>
      <Suspense>{all !== null && <BulkDialog act={all} search={search} onClose={() => setAll(null)} />}</Suspense>
    </>
  );
}

/** Carry the act out on one run: the run as it is then, null once it is gone. */
async function carryOutOn(act: Act, run: Run): Promise<Run | null> {
  switch (act) {
    case "cancel":
      return cancelRun(run.id);
    case "pause":
      return pauseRun(run.id);
    case "resume":
      return resumeRun(run.id);
    case "dismiss":
      return dismissRun(run.id);
    case "replay":
      await replayRun(run.id, {});
      return run;
    case "delete":
      await deleteRun(run.id);
      return null;
  }
}
