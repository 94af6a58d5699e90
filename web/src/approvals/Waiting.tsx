import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { may, session } from "../session";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import { usePages } from "../ui/usePages";
import { useWide } from "../ui/useWide";
import { ApprovalRow } from "./ApprovalRow";
import { type Approval, hasApproved, shortId } from "./approval";
import { Bulk } from "./Bulk";
import { NothingWaits } from "./NothingWaits";
import { OpenApproval } from "./OpenApproval";
import { BESIDE_PX, Panes } from "./Panes";
import { type Wish, waitingKey, waitingPage } from "./queries";
import { nextOf } from "./queue";
import { useQueue } from "./useQueue";
import { useRowKeys } from "./useRowKeys";
import styles from "./Waiting.module.css";

/** What waits, oldest first, and the one that is looked at. `id` is that of the address: an id or its ending. */
export function Waiting({ wish, mine, id }: { wish: Wish; mine: boolean; id: string | undefined }) {
  const navigate = useNavigate();
  const wide = useWide(BESIDE_PX);
  const { name } = session().me;
  const waits = useCallback(
    (approval: Approval) => approval.state === "pending" && !(mine && hasApproved(approval, name)),
    [mine, name],
  );
  const pages = usePages(waitingKey(wish, mine), (cursor, signal) => waitingPage(wish, mine, cursor, signal));
  const [resolved, setResolved] = useState<string>();
  const open =
    pages.rows?.find((row) => id !== undefined && row.id.endsWith(id))?.id ?? (id === undefined ? undefined : resolved);
  const queue = useQueue(pages.rows, open, waits);
  const rows = queue?.rows ?? [];
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const chosenRows = rows.filter((row) => chosen.has(row.id) && row.state === "pending");
  const said = useAnnouncement(queue?.arrived.size ?? 0);

  const go = useCallback(
    (to: Approval | undefined) =>
      void navigate(
        to === undefined
          ? { to: "/approvals", search: (held) => held, replace: true }
          : { to: "/approvals/$id", params: { id: shortId(to.id) }, search: (held) => held, replace: true },
      ),
    [navigate],
  );
  // Where there is room, the oldest is open at once: to decide it is one key.
  const first = wide && id === undefined ? rows.find(waits) : undefined;
  useEffect(() => {
    if (first !== undefined) go(first);
  }, [first, go]);

  const toggle = (one: Approval) => {
    const next = new Set(chosen);
    if (!next.delete(one.id)) next.add(one.id);
    setChosen(next);
  };
  const canDecide = may("approvals:decide");
  const focusRow = useRowKeys({
    rows,
    open,
    go: wide || id !== undefined ? go : undefined,
    toggle: canDecide ? toggle : undefined,
  });
  useShortcuts([
    ...(!wide && id !== undefined
      ? [{ keys: "Escape", label: "Back to all", group: "Approvals", run: () => go(undefined) }]
      : []),
  ]);

  function decided(answer: Approval): void {
    const next = nextOf(
      rows.map((row) => (row.id === answer.id ? answer : row)),
      answer.id,
      (row) => row.id !== answer.id && waits(row),
    );
    go(next);
    if (next !== undefined && wide) focusRow(next.id);
  }

  const nothing = pages.rows !== undefined && rows.length === 0;
  const list = (
    <>
      {nothing && <p className={`${styles.nothing} quiet`}>{mine ? "Nothing waits for you." : "Nothing waits."}</p>}
      {pages.rows === undefined ? (
        pages.failure ? (
          <Failure reason={pages.failure} retry={pages.retry} />
        ) : (
          <div className={styles.loading}>
            <Skeleton lines={8} label="Loading what waits" />
          </div>
        )
      ) : (
        <ol className={styles.rows} aria-label="Approvals that wait, oldest first">
          {rows.map((row) => (
            <ApprovalRow
              key={row.id}
              approval={row}
              isOpen={row.id === open}
              arrived={queue?.arrived.has(row.id)}
              chosen={chosen.has(row.id)}
              onChoose={canDecide ? () => toggle(row) : undefined}
            />
          ))}
        </ol>
      )}
      {pages.hasMore && (
        <div className={styles.more}>
          <Button busy={pages.loadingMore} onClick={pages.more}>
            Show more
          </Button>
        </div>
      )}
      {canDecide && <Bulk rows={chosenRows} onClear={() => setChosen(new Set())} />}
    </>
  );
  const card =
    id === undefined ? (
      wide && !nothing ? (
        <div className={styles.loading}>
          <Skeleton lines={9} label="Loading the approval" />
        </div>
      ) : null
    ) : (
      <OpenApproval
        id={open ?? id}
        placeholder={rows.find((row) => row.id === open)}
        onResolved={setResolved}
        onDecided={decided}
        wide={wide}
      />
    );
  return (
    <>
      {nothing && card === null ? <NothingWaits wish={wish} mine={mine} /> : <Panes list={list} card={card} wide={wide} />}
      <p role="status" className="visually-hidden">
        {said}
      </p>
    </>
  );
}

/** New ones are said to who does not see them come. */
function useAnnouncement(arrived: number): string {
  const before = useRef(0);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const more = arrived - before.current;
    before.current = arrived;
    if (more > 0) setSaid(more === 1 ? "One more waits for approval" : `${more} more wait for approval`);
  }, [arrived]);
  return said;
}
