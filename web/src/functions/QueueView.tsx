import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { may } from "../session";
import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { tell } from "../ui/tell";
import { LimitTable } from "./LimitTable";
import { gateWords } from "./limit_words";
import styles from "./QueueView.module.css";
import { FRESH, type FunctionQueue, limitList, type Pause, pauseList, queue, resume } from "./queries";
import { openWords, pausedWords } from "./queue_words";

/** What waits and why, which limits hold, and what is paused. */
export function QueueView() {
  const open = useQuery({ ...queue, ...FRESH });
  const pauses = useQuery({ ...pauseList, ...FRESH });
  const limits = useQuery({ ...limitList, ...FRESH });
  const failed = [open, pauses, limits].find((one) => one.error !== null && one.data === undefined);
  if (failed !== undefined) return <Failure reason={failed.error} retry={() => void failed.refetch()} />;
  if (open.data === undefined || pauses.data === undefined) return <Skeleton lines={8} label="Counting the queue" />;
  const idle = pauses.data.filter((one) => one.function !== null && !open.data.some((row) => row.function === one.function));
  return (
    <>
      {open.data.length === 0 ? (
        <Empty title="Nothing is open" command="flowforge send order/created -d total=420 --no-follow">
          Runs stand here from the moment that they are made until they end: those that run, and those that wait for a worker, a
          limit, an event or a time.
        </Empty>
      ) : (
        <ul className={styles.queue} aria-label="Open runs by function">
          {open.data.map((row) => (
            <FunctionRow key={row.function} row={row} pause={pauses.data.find((one) => one.function === row.function)} />
          ))}
        </ul>
      )}
      {idle.length > 0 && (
        <section className={styles.part}>
          <h2>Paused, with nothing open</h2>
          <ul className={styles.queue}>
            {idle.map((one) => (
              <li key={one.function} className={styles.row}>
                <div className={styles.head}>
                  <FunctionLink id={one.function ?? ""} />
                  <GoOn pause={one} />
                </div>
                <p className={styles.why}>{pausedWords(one)}.</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className={styles.part}>
        <h2>Limits</h2>
        {limits.data === undefined ? (
          <Skeleton lines={3} label="Loading limits" />
        ) : (
          <LimitTable limits={limits.data} open={open.data} />
        )}
      </section>
    </>
  );
}

function FunctionRow({ row, pause }: { row: FunctionQueue; pause: Pause | undefined }) {
  const reasons = whyWaiting(row, pause);
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <FunctionLink id={row.function} />
        <span className="number">{openWords(row)}</span>
        {row.oldest_queued_at && (
          <span className="faint">
            oldest queued <Ago at={row.oldest_queued_at} />
          </span>
        )}
        {pause !== undefined && <GoOn pause={pause} />}
      </div>
      {reasons.map((reason) => (
        <p key={reason} className={styles.why}>
          {reason}
        </p>
      ))}
    </li>
  );
}

function GoOn({ pause }: { pause: Pause }) {
  const client = useQueryClient();
  if (pause.everywhere || pause.function === null || !may("queue:control")) return null;
  return (
    <Button
      size="small"
      className={styles.goOn}
      aria-label={`Let ${pause.function} go on`}
      onClick={() => void resume(client, pause.function).catch(tell(`${pause.function} is still paused`))}
    >
      Go on
    </Button>
  );
}

function FunctionLink({ id }: { id: string }) {
  return (
    <Link to="/functions/$id" params={{ id }} className={styles.function}>
      {id}
    </Link>
  );
}

function whyWaiting(row: FunctionQueue, pause: Pause | undefined): string[] {
  const reasons: string[] = [];
  if (pause !== undefined) reasons.push(`${pausedWords(pause)}.`);
  else if (row.is_paused) reasons.push("Paused.");
  if (!row.live && row.ready + row.at_gates > 0) reasons.push("No live worker knows it: its runs stay queued until one does.");
  for (const gate of row.gates) reasons.push(`${gate.waiting} wait: ${gateWords(gate)}.`);
  if (reasons.length === 0 && row.ready > 0) reasons.push("Ready: the next free worker takes them.");
  return reasons;
}
