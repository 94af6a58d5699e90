import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { Problem } from "../api/problem";
import { may } from "../session";
import { Button, IconButton } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Popover } from "../ui/Popover";
import styles from "./LimitTable.module.css";
import { capacityWords, limitWords } from "./limit_words";
import { type FunctionQueue, type LimitOut, limitList, recount, setLimit } from "./queries";

/** Every limit that code has published, how full it is where runs stand at it, and the operator's own value where there is one. */
export function LimitTable({ limits, open }: { limits: readonly LimitOut[]; open: readonly FunctionQueue[] }) {
  if (limits.length === 0)
    return (
      <p className="quiet">
        No function has one. Write <code>concurrency=5</code> or <code>throttle="10s"</code> in its decorator to give it one.
      </p>
    );
  const gates = new Map(open.flatMap((row) => row.gates).map((gate) => [gate.limit, gate]));
  return (
    <ul className={styles.limits} aria-label="Limits">
      {limits.map((limit) => (
        <LimitRow
          key={limit.limit}
          limit={limit}
          used={gates.get(limit.limit)?.used ?? null}
          waiting={waitingAt(limit.limit, open)}
        />
      ))}
    </ul>
  );
}

function LimitRow({ limit, used, waiting }: { limit: LimitOut; used: number | null; waiting: number }) {
  const { what, function: owner } = limitWords(limit.limit);
  const inForce = limit.override ?? limit.capacity;
  return (
    <li className={styles.limit}>
      <span className={styles.name}>
        {owner === null ? (
          <code>{limit.limit}</code>
        ) : (
          <Link to="/functions/$id" params={{ id: owner }} className={styles.function}>
            {owner}
          </Link>
        )}{" "}
        <span className="faint">{what}</span>
      </span>
      <span className={styles.capacity}>
        {used !== null && limit.per_seconds === null && <Meter used={used} capacity={inForce} />}
        <span className="number">
          {used !== null && limit.per_seconds === null ? `${used} of ` : ""}
          {capacityWords(inForce, limit.per_seconds)}
        </span>
        {waiting > 0 && <span className={styles.waiting}>{waiting} wait</span>}
        {limit.override !== null && <span className="faint">set here; the code says {limit.capacity}</span>}
      </span>
      {may("deployment:control") && <ChangeLimit limit={limit} />}
    </li>
  );
}

function Meter({ used, capacity }: { used: number; capacity: number }) {
  const full = capacity === 0 ? 1 : Math.min(used / capacity, 1);
  return (
    <span className={styles.meter} aria-hidden="true">
      <span className={full === 1 ? styles.full : styles.part} style={{ width: `${full * 100}%` }} />
    </span>
  );
}

function ChangeLimit({ limit }: { limit: LimitOut }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(String(limit.override ?? limit.capacity));
  const setting = useMutation({
    mutationFn: (capacity: number | null) => setLimit(limit.limit, capacity),
    onSuccess: (after) => {
      client.setQueryData(limitList.queryKey, (held) => held?.map((one) => (one.limit === after.limit ? after : one)));
      setTyped(String(after.override ?? after.capacity));
      setOpen(false);
      void recount(client);
    },
  });
  const capacity = /^\d+$/.test(typed.trim()) ? Number(typed) : null;
  const problem = setting.error instanceof Problem ? (setting.error.fault("/capacity") ?? setting.error.message) : undefined;
  return (
    <Popover
      title={`Change ${limit.limit}`}
      open={open}
      onOpenChange={setOpen}
      align="end"
      trigger={<IconButton size="small" label={`Change the limit ${limit.limit}`} icon={<Pencil size={14} />} />}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (capacity !== null) setting.mutate(capacity);
        }}
      >
        <TextField
          label={limit.per_seconds === null ? "At once" : `Starts in ${limit.per_seconds} s`}
          hint="It holds from now on and outlives deployments. 0 lets nobody through."
          inputMode="numeric"
          value={typed}
          error={capacity === null ? "A whole number, 0 or more." : problem}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className={styles.acts}>
          {limit.override !== null && (
            <Button size="small" busy={setting.isPending} onClick={() => setting.mutate(null)}>
              As the code says
            </Button>
          )}
          <Button size="small" look="ink" type="submit" busy={setting.isPending} disabled={capacity === null}>
            Set
          </Button>
        </div>
      </form>
    </Popover>
  );
}

function waitingAt(limit: string, open: readonly FunctionQueue[]): number {
  return open.flatMap((row) => row.gates).reduce((sum, gate) => (gate.limit === limit ? sum + gate.waiting : sum), 0);
}
