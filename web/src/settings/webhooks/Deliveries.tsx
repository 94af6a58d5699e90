import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { duration } from "../../ui/duration";
import { Failure } from "../../ui/Failure";
import { SelectField } from "../../ui/Field";
import { Json } from "../../ui/Json";
import { Skeleton } from "../../ui/Skeleton";
import { StateMark } from "../../ui/StateMark";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Wrong } from "../../ui/Wrong";
import { Part } from "../Part";
import { PagedTable, Table } from "../Table";
import { DELIVERIES, type Delivery, delivery, type Endpoint, fetchDeliveries, lookAgainSoon } from "./queries";

const MARKS = { pending: ["pending", undefined], delivered: ["completed", "delivered"], failed: ["failed", undefined] } as const;

/** What was sent, and what came back, for thirty days. */
export function Deliveries({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const { endpoint, view } = useSearch({ from: "/settings/$section" });
  const navigate = useNavigate();
  const state = view === "pending" || view === "delivered" || view === "failed" ? view : undefined;
  const pages = usePages([...DELIVERIES, { endpoint, state }], fetchDeliveries(endpoint, state));
  const [open, setOpen] = useState<Delivery | null>(null);
  const filter = (change: Record<string, string | undefined>) =>
    void navigate({ to: ".", search: (held) => ({ ...held, ...change }), replace: true });
  return (
    <Part
      title="Deliveries"
      about="Each message with every attempt, kept for thirty days."
      aside={
        <>
          <SelectField
            label="Endpoint"
            labelHidden
            value={endpoint ?? ""}
            onChange={(event) => filter({ endpoint: event.target.value || undefined })}
          >
            <option value="">All endpoints</option>
            {endpoints.map((one) => (
              <option key={one.id} value={one.id}>
                {shortened(one.url)}
              </option>
            ))}
          </SelectField>
          <SelectField
            label="State"
            labelHidden
            value={state ?? ""}
            onChange={(event) => filter({ view: event.target.value || undefined })}
          >
            <option value="">Any state</option>
            <option value="pending">Pending</option>
            <option value="delivered">Delivered</option>
            <option value="failed">Failed</option>
          </SelectField>
          <IconButton label="Look again" icon={<RotateCw size={14} />} onClick={pages.retry} />
        </>
      }
    >
      <PagedTable
        label="Deliveries"
        pages={pages}
        rowKey={(one) => one.id}
        columns={[
          { head: "Event", cell: (one) => <span className="mono">{one.event}</span> },
          { head: "State", cell: (one) => <Standing of={one} /> },
          { head: "Attempts", cell: (one) => one.attempt, align: "end" },
          {
            head: "Next",
            cell: (one) => (one.due ? <Ago at={one.due} /> : <span className="faint">–</span>),
            align: "end",
            wideOnly: true,
          },
          { head: "Made", cell: (one) => <Ago at={one.created_at} />, align: "end" },
        ]}
        acts={(one) => (
          <Button size="small" look="bare" aria-label={`Show the delivery of ${one.event}`} onClick={() => setOpen(one)}>
            Show
          </Button>
        )}
        empty={
          <p className="faint">Nothing was sent{state === undefined && endpoint === undefined ? " so far" : " that fits"}.</p>
        }
      />
      {open !== null && (
        <Whole
          of={open}
          to={endpoints.find((one) => one.id === open.endpoint)?.url ?? open.endpoint}
          onClose={() => setOpen(null)}
        />
      )}
    </Part>
  );
}

function Standing({ of: one }: { of: Delivery }) {
  if (one.state === "pending" && one.attempt > 0) return <StateMark state="retrying" />;
  return <StateMark state={MARKS[one.state][0]} word={MARKS[one.state][1]} />;
}

function Whole({ of: one, to, onClose }: { of: Delivery; to: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(delivery(one.id));
  const client = useQueryClient();
  const again = useAct(
    () =>
      ask(api.POST("/v1/webhook_deliveries/{delivery}/redeliveries", { params: { path: { delivery: one.id } } })).then(() => {
        lookAgainSoon(client, one.id);
        return true;
      }),
    DELIVERIES,
  );
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={one.event}
      description={<span style={{ overflowWrap: "anywhere" }}>to {to}</span>}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          {may("webhooks:write") && (data ?? one).state !== "pending" && (
            <Button look="ink" busy={again.busy} onClick={async () => (await again.run(undefined)) && onClose()}>
              Send it again
            </Button>
          )}
        </>
      }
    >
      <Wrong problem={again.problem} />
      {data !== undefined ? (
        <>
          {data.error !== null && <p style={{ color: "var(--red)" }}>✗ {data.error}</p>}
          <Table
            label="Attempts"
            rows={data.attempts}
            rowKey={(attempt) => String(attempt.attempt)}
            columns={[
              { head: "Attempt", cell: (attempt) => attempt.attempt },
              { head: "When", cell: (attempt) => <Ago at={attempt.started_at} /> },
              { head: "Took", cell: (attempt) => duration(attempt.ms), align: "end" },
              { head: "Status", cell: (attempt) => attempt.status ?? <span className="faint">none</span>, align: "end" },
              { head: "Answer", cell: (attempt) => attempt.error ?? attempt.answer ?? <span className="faint">empty</span> },
            ]}
            empty={<p className="faint">It has not been tried yet.</p>}
          />
          <Json label="Payload" value={data.payload} />
        </>
      ) : error ? (
        <Failure reason={error} retry={() => void refetch()} />
      ) : (
        <Skeleton lines={6} label="Loading the delivery" />
      )}
    </Dialog>
  );
}

function shortened(url: string): string {
  const bare = url.replace(/^https?:\/\//, "");
  return bare.length > 40 ? `${bare.slice(0, 38)}…` : bare;
}
