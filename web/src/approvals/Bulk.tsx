import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, ask, type Schema } from "../api/client";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { TextArea, TextField } from "../ui/Field";
import { StateGlyph } from "../ui/StateMark";
import { type Approval, needsHold, shortId, standing } from "./approval";
import styles from "./Bulk.module.css";
import { tookAnswer } from "./queries";
import { RepeatKeys } from "./repeat_key";
import { summary } from "./summary";

type Result = Schema<"BulkResult">;
type Wish = "approve" | "deny";

/** Several decisions at once, each for itself and each with its own answer. What cannot be undone is left out unless it is asked for by number. */
export function Bulk({ rows, onClear }: { rows: readonly Approval[]; onClear: () => void }) {
  const [wish, setWish] = useState<Wish | null>(null);
  // What was chosen when the question was asked: what is decided meanwhile stays in it, and its answer says so.
  const [asked, setAsked] = useState<readonly Approval[]>([]);
  const begin = (next: Wish) => {
    setAsked(rows);
    setWish(next);
  };
  return (
    <>
      {rows.length > 0 && (
        <fieldset className={styles.bar} aria-label="What is chosen">
          <strong className="number">{rows.length} chosen</strong>
          <Button size="small" look="ink" onClick={() => begin("approve")}>
            Approve…
          </Button>
          <Button size="small" onClick={() => begin("deny")}>
            Deny…
          </Button>
          <Button size="small" look="bare" onClick={onClear}>
            Clear
          </Button>
        </fieldset>
      )}
      {/* It stands beside the bar, not in it: the answers stay also when none of what was chosen waits any more. */}
      {wish !== null && <BulkDialog wish={wish} rows={asked} onClose={() => setWish(null)} />}
    </>
  );
}

function BulkDialog({ wish, rows, onClose }: { wish: Wish; rows: readonly Approval[]; onClose: () => void }) {
  const client = useQueryClient();
  const keys = useRef(new RepeatKeys());
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [results, setResults] = useState<Result[] | null>(null);
  const grave = wish === "approve" ? rows.filter(needsHold) : [];
  const plain = rows.filter((row) => !grave.includes(row));
  const confirmed = typed.trim() === String(grave.length);
  const included = grave.length > 0 && confirmed ? rows : plain;

  const decide = async () => {
    const body = {
      decisions: included.map(({ id, hash }) => ({
        id,
        hash,
        approved: wish === "approve",
        ...(wish === "deny" && reason.trim() !== "" ? { reason: reason.trim() } : {}),
      })),
    };
    setBusy(true);
    setFailure(null);
    try {
      const answer = await ask(
        api.POST("/v1/approvals/bulk", { body, headers: { "idempotency-key": keys.current.of("bulk", body) } }),
      );
      keys.current.settled("bulk", body);
      setResults(answer.data);
      for (const one of answer.data) if (one.approval !== null) tookAnswer(client, one.approval);
    } catch (reason) {
      setFailure(reason);
    } finally {
      setBusy(false);
    }
  };

  const verb = wish === "approve" ? "Approve" : "Deny";
  return (
    <Dialog
      open
      onClose={onClose}
      title={results === null ? `${verb} ${rows.length}` : "What became of them"}
      size="medium"
      actions={
        results === null ? (
          <>
            <Button onClick={onClose}>Back</Button>
            <Button
              look={wish === "approve" ? "ink" : "danger"}
              busy={busy}
              disabled={included.length === 0}
              onClick={() => void decide()}
            >
              {verb} {included.length}
            </Button>
          </>
        ) : (
          <Button look="ink" onClick={onClose}>
            Close
          </Button>
        )
      }
    >
      {results === null ? (
        <>
          <Rows rows={plain} />
          {grave.length > 0 && (
            <div className={styles.grave}>
              <p>
                <strong>
                  {grave.length === 1
                    ? "One moves money or cannot be undone."
                    : `${grave.length} move money or cannot be undone.`}
                </strong>{" "}
                Left out, unless you say so.
              </p>
              <Rows rows={grave} />
              <TextField
                label={`To approve ${grave.length === 1 ? "it" : "them"} too, type ${grave.length}`}
                inputMode="numeric"
                autoComplete="off"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
          )}
          {wish === "deny" && (
            <TextArea
              label="Why not?"
              hint="The same for all of them. Whoever asked reads it."
              rows={3}
              maxLength={10_000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
          {failure !== null && <Failure reason={failure} retry={() => void decide()} />}
        </>
      ) : (
        <ul className={styles.results} aria-label="Answers">
          {results.map((one) => (
            <li key={one.id} className={styles.result}>
              <Answer result={one} asked={rows.find((row) => row.id === one.id)} />
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function Rows({ rows }: { rows: readonly Approval[] }) {
  if (rows.length === 0) return null;
  return (
    <ul className={styles.rows}>
      {rows.map((row) => (
        <li key={row.id} className={styles.row}>
          <strong>{row.tool}</strong> {row.agent !== null && `${row.agent} · `}
          <bdi className="quiet">{summary(standing(row)) || "no arguments"}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Answer({ result, asked }: { result: Result; asked: Approval | undefined }) {
  const state = result.approval?.state;
  const said =
    result.approval === null
      ? String(result.error?.detail ?? result.error?.title ?? `The server answered ${result.status}.`)
      : state === "pending"
        ? "your vote counts; more people are needed"
        : state;
  return (
    <>
      <StateGlyph state={result.approval === null ? "failed" : state === "pending" ? "waiting" : (state ?? "failed")} />
      <span>
        <strong>{asked?.tool ?? shortId(result.id)}</strong> <bdi className="quiet">{asked && summary(standing(asked))}</bdi>
      </span>
      <span className={result.approval === null ? styles.refused : "quiet"}>{said}</span>
    </>
  );
}
