import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField, TextField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import type { Act } from "./acts";
import styles from "./BulkDialog.module.css";
import { onFramesHere } from "./frames_here";
import { filterOf, type RunSearch } from "./list_filter";

type Bulk = Schema<"RunsActOut">;

const WORDS: Record<Act, { verb: string; done: string; of: string }> = {
  cancel: { verb: "Cancel", done: "cancelled", of: "that have not ended" },
  replay: { verb: "Replay", done: "replayed", of: "that have ended" },
  pause: { verb: "Pause", done: "paused", of: "that have not ended" },
  resume: { verb: "Resume", done: "resumed", of: "that are paused" },
  dismiss: { verb: "Dismiss", done: "dismissed", of: "that failed" },
  delete: { verb: "Delete", done: "deleted", of: "that have ended" },
};

/** An act on all runs that a filter finds: how many that are is told first, and just that number is confirmed. */
export function BulkDialog({ act, search, onClose }: { act: Act; search: RunSearch; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [fromFailure, setFromFailure] = useState(act === "replay" && search.state === "failed");
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const words = WORDS[act];
  const body = useMemo(() => bodyOf(act, search, fromFailure), [act, search, fromFailure]);
  const preview = useQuery({
    queryKey: ["runs", "bulk preview", body],
    queryFn: ({ signal }) => ask(api.POST("/v1/runs/bulk", { body: { ...body, dry_run: true }, signal })),
    gcTime: 0,
  });

  const goOn = async () => {
    if (preview.data === undefined) return;
    setBusy(true);
    setFailure(null);
    try {
      const confirm = preview.data.confirm as Schema<"ConfirmIn">;
      const options = { ...body.options, reason: reason || null };
      const answer = await ask(api.POST("/v1/runs/bulk", { body: { ...body, options, dry_run: false, confirm } }));
      setBulk(answer.bulk);
      void client.invalidateQueries({ queryKey: ["runs", "list"] });
    } catch (thrown) {
      setFailure(thrown);
      void preview.refetch();
    }
    setBusy(false);
  };
  const going = bulk !== null && bulk.ended_at === null;
  const id = bulk?.id;
  useEffect(() => {
    if (!going || id === undefined) return;
    return onFramesHere("run", 1_000, () => {
      ask(api.GET("/v1/runs/bulk/{bulk_id}", { params: { path: { bulk_id: id } } })).then(setBulk, setFailure);
    });
  }, [going, id]);

  const count = preview.data?.count;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${words.verb} all runs that fit`}
      description={told(search)}
      actions={
        bulk === null ? (
          <>
            <Button onClick={onClose}>Leave it</Button>
            <Button
              look={act === "delete" || act === "cancel" ? "danger" : "ink"}
              busy={busy}
              disabled={!count}
              onClick={() => void goOn()}
            >
              {count === undefined ? words.verb : `${words.verb} ${runs(count)}`}
            </Button>
          </>
        ) : (
          <Button look="ink" onClick={onClose}>
            Close
          </Button>
        )
      }
    >
      {bulk !== null ? (
        <p role="status">
          {going
            ? `${bulk.done} of ${runs(bulk.expected)} ${words.done} so far. It goes on when this is closed.`
            : `${runs(bulk.done)} ${words.done}.`}
          {bulk.refused > 0 && ` ${runs(bulk.refused)} could not be.`}
        </p>
      ) : preview.isError ? (
        <Failure reason={preview.error} retry={() => void preview.refetch()} />
      ) : preview.data === undefined ? (
        <Skeleton lines={2} label="Counting the runs" />
      ) : (
        <p className={styles.count} role="status">
          <strong className="number">{preview.data.count.toLocaleString()}</strong> {preview.data.count === 1 ? "run" : "runs"}{" "}
          {words.of}
        </p>
      )}
      {bulk === null && act === "replay" && (
        <CheckField
          label="From where each failed"
          hint="What was done before is taken over; only the step that failed and what follows runs again."
          checked={fromFailure}
          onChange={(event) => setFromFailure(event.target.checked)}
        />
      )}
      {bulk === null && act === "pause" && (
        <TextField
          label="Why"
          hint="Shown with each of the runs."
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}

function bodyOf(act: Act, search: RunSearch, fromFailure: boolean) {
  const filter = Object.fromEntries(Object.entries(filterOf(search, Date.now())).map(([name, value]) => [name, value ?? null]));
  return {
    action: act,
    filter: filter as Schema<"RunFilterIn">,
    options: { force: false, from_failure: act === "replay" && fromFailure } as Schema<"OptionsIn">,
  };
}

function told(search: RunSearch): string {
  const parts = Object.entries(search).flatMap(([name, value]) =>
    value === undefined ? [] : [`${NAMES[name] ?? name} ${value}`],
  );
  return parts.length === 0 ? "No filter is set: these are all runs of the tenant." : `The filter: ${parts.join(", ")}.`;
}

const NAMES: Record<string, string> = { fn: "function", q: "error with", error: "error of class" };

function runs(count: number): string {
  return count === 1 ? "1 run" : `${count.toLocaleString()} runs`;
}
