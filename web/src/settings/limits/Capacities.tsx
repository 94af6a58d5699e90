import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { limitWords } from "../../functions/limit_words";
import { may } from "../../session";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { duration } from "../../ui/duration";
import { Failure } from "../../ui/Failure";
import { TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { Skeleton } from "../../ui/Skeleton";
import { tell } from "../../ui/tell";
import { useAct } from "../../ui/useAct";
import { Part } from "../Part";
import { Table } from "../Table";
import { type Capacity, capacities, LIMITS } from "./queries";

/** Limits that functions declare in code, and an operator's own figure in place of it. */
export function Capacities() {
  const { data, error, refetch } = useQuery(capacities);
  const [changing, setChanging] = useState<Capacity | null>(null);
  const control = may("deployment:control");
  return (
    <Part
      title="Limits of functions"
      about="As the code declares them; they are the same for all tenants. A figure set here stands in for the code's until it is taken back."
    >
      {data !== undefined ? (
        <Table
          label="Limits of functions"
          rows={data}
          rowKey={(one) => one.limit}
          columns={[
            {
              head: "Limit",
              cell: (one) => (
                <>
                  <Name limit={one.limit} /> {one.shared && <Chip title="Several functions count together">shared</Chip>}
                </>
              ),
            },
            { head: "In code", cell: (one) => inWords(one, one.capacity), align: "end" },
            { head: "In force", cell: (one) => inWords(one, one.override ?? one.capacity), align: "end" },
          ]}
          acts={control ? (one) => <Acts of={one} onChange={() => setChanging(one)} /> : undefined}
          empty={<p className="faint">No function declares one.</p>}
        />
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={3} />
      )}
      {changing !== null && <Change of={changing} onClose={() => setChanging(null)} />}
    </Part>
  );
}

function inWords(one: Capacity, capacity: number): string {
  return one.per_seconds === null ? `${capacity} at once` : `${capacity} in ${duration(one.per_seconds * 1_000)}`;
}

function Name({ limit }: { limit: string }) {
  const { what, function: owner } = limitWords(limit);
  return (
    <span title={limit}>
      <span className="mono">{owner ?? limit}</span> {owner !== null && <span className="quiet">{what}</span>}
    </span>
  );
}

function Acts({ of: one, onChange }: { of: Capacity; onChange: () => void }) {
  const reset = useAct(
    () =>
      ask(api.DELETE("/v1/limits/{name}", { params: { path: { name: one.limit } } })).catch(tell(`${one.limit} is as it was`)),
    LIMITS,
  );
  return (
    <>
      {one.override !== null && (
        <Button size="small" look="bare" busy={reset.busy} onClick={() => void reset.run(undefined)}>
          As in code
        </Button>
      )}
      <Button size="small" look="bare" aria-label={`Change ${one.limit}`} onClick={onChange}>
        Change
      </Button>
    </>
  );
}

function Change({ of: one, onClose }: { of: Capacity; onClose: () => void }) {
  const [capacity, setCapacity] = useState(String(one.override ?? one.capacity));
  const save = useAct(
    () => ask(api.PUT("/v1/limits/{name}", { params: { path: { name: one.limit } }, body: { capacity: Number(capacity) } })),
    LIMITS,
  );
  return (
    <FormDialog
      title={`Change ${one.limit}`}
      description="In force at once, for every tenant and worker. 0 lets nobody through."
      submit="Change"
      size="small"
      busy={save.busy}
      problem={save.problem}
      fields={["/capacity"]}
      disabled={!/^\d+$/.test(capacity)}
      onClose={onClose}
      onSubmit={async () => (await save.run(undefined)) && onClose()}
    >
      <TextField
        label={one.per_seconds === null ? "How many at once" : `How many in ${duration(one.per_seconds * 1_000)}`}
        type="number"
        min={0}
        value={capacity}
        error={save.problem?.fault("/capacity")}
        onChange={(event) => setCapacity(event.target.value)}
      />
    </FormDialog>
  );
}
