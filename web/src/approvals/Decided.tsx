import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { SelectField } from "../ui/Field";
import { Skeleton } from "../ui/Skeleton";
import { useWide } from "../ui/useWide";
import { ApprovalRow } from "./ApprovalRow";
import { type Approval, decidedAt, shortId } from "./approval";
import styles from "./Decided.module.css";
import { OpenApproval } from "./OpenApproval";
import { BESIDE_PX, Panes } from "./Panes";
import { endedApprovals, type Wish } from "./queries";
import { useRowKeys } from "./useRowKeys";

const STATES = ["approved", "denied", "expired"] as const;

/** What was decided lately, the newest first. */
export function Decided({
  wish,
  today,
  state,
  id,
}: {
  wish: Wish;
  today: boolean;
  state: string | undefined;
  id: string | undefined;
}) {
  const navigate = useNavigate();
  const wide = useWide(BESIDE_PX);
  const { data, error, refetch } = useQuery(endedApprovals(wish));
  const rows = useMemo(() => (data === undefined ? undefined : shown(data.data, today, state)), [data, today, state]);
  const open = rows?.find((row) => id !== undefined && row.id.endsWith(id))?.id;
  const go = useCallback(
    (to: Approval) =>
      void navigate({ to: "/approvals/$id", params: { id: shortId(to.id) }, search: (held) => held, replace: true }),
    [navigate],
  );
  const first = wide && id === undefined ? rows?.[0] : undefined;
  useEffect(() => {
    if (first !== undefined) go(first);
  }, [first, go]);
  useRowKeys({ rows: rows ?? [], open, go: wide || id !== undefined ? go : undefined });

  const list = (
    <>
      <div className={styles.filter}>
        <SelectField
          label="How it ended"
          labelHidden
          value={state ?? ""}
          onChange={(event) =>
            void navigate({ to: "/approvals", search: (held) => ({ ...held, state: event.target.value || undefined }) })
          }
        >
          <option value="">However it ended</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              Only {one}
            </option>
          ))}
        </SelectField>
        {data !== undefined && data.days < 7 && !today && <p className="quiet">There is much: only the last day is shown.</p>}
      </div>
      {rows === undefined ? (
        error ? (
          <Failure reason={error} retry={() => void refetch()} />
        ) : (
          <div className={styles.loading}>
            <Skeleton lines={8} label="Loading what was decided" />
          </div>
        )
      ) : rows.length === 0 ? (
        <div className={styles.loading}>
          <Empty
            title={today ? "Nothing was decided today" : "Nothing was decided in the last seven days"}
            command="flowforge approvals"
          >
            What is approved or denied stays here for a week to be looked at, and in the audit log for good.
          </Empty>
        </div>
      ) : (
        <ol aria-label="Decided approvals, newest first">
          {rows.map((row) => (
            <ApprovalRow key={row.id} approval={row} isOpen={row.id === open} />
          ))}
        </ol>
      )}
    </>
  );
  const card =
    id === undefined ? null : (
      <OpenApproval id={open ?? id} placeholder={rows?.find((row) => row.id === open)} onDecided={() => {}} wide={wide} />
    );
  return <Panes list={list} card={card} wide={wide} />;
}

function shown(all: readonly Approval[], today: boolean, state: string | undefined): Approval[] {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const when = (one: Approval) => new Date(decidedAt(one) ?? one.created_at).getTime();
  return all
    .filter((one) => (state === undefined || one.state === state) && (!today || when(one) >= midnight))
    .sort((one, other) => when(other) - when(one));
}
