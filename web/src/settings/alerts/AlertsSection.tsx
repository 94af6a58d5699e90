import { useState } from "react";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { SelectField } from "../../ui/Field";
import { usePages } from "../../ui/usePages";
import { Part } from "../Part";
import { PagedTable } from "../Table";
import { useUnkept } from "../useUnkept";
import { Channels } from "./Channels";
import { ALERTS, type Alert, fetchAlerts, KINDS } from "./queries";
import { Rules } from "./Rules";

/** What is wrong, who is told of it, and by which rules. */
export default function AlertsSection() {
  useUnkept(ALERTS);
  return (
    <>
      <Fired />
      <Rules />
      <Channels />
    </>
  );
}

function Fired() {
  const [state, setState] = useState<"open" | "resolved" | "">("open");
  const pages = usePages([...ALERTS, "fired", state], fetchAlerts(state || undefined));
  return (
    <Part
      title="Alerts"
      about="What a rule has found. Whoever is to be told is told when it opens, again while it stays, and when it is over."
      aside={
        <SelectField label="Which" labelHidden value={state} onChange={(event) => setState(event.target.value as typeof state)}>
          <option value="open">Open now</option>
          <option value="resolved">Over</option>
          <option value="">All</option>
        </SelectField>
      }
    >
      <PagedTable
        label="Alerts"
        pages={pages}
        rowKey={(one) => one.id}
        isFaint={(one) => one.resolved_at !== null}
        columns={[
          {
            head: "What",
            cell: (one) => (
              <>
                {one.resolved_at === null && <Chip tone="failed">✗ open</Chip>} {one.summary}
              </>
            ),
          },
          { head: "Rule", cell: (one) => <span title={KINDS[one.kind]?.label}>{one.rule}</span> },
          { head: "Since", cell: (one) => <Ago at={one.opened_at} />, align: "end" },
          {
            head: "Over",
            cell: (one) => (one.resolved_at ? <Ago at={one.resolved_at} /> : <span className="faint">no</span>),
            align: "end",
            wideOnly: true,
          },
          { head: "Told", cell: (one) => <Told of={one} />, wideOnly: true },
        ]}
        empty={<p className="faint">{state === "open" ? "Nothing is wrong." : "None so far."}</p>}
      />
    </Part>
  );
}

const MESSAGES_SHOWN = 2;

/** Whether the messages have arrived. */
function Told({ of: alert }: { of: Alert }) {
  const [all, setAll] = useState(false);
  const shown = all ? alert.deliveries : alert.deliveries.slice(-MESSAGES_SHOWN);
  if (alert.deliveries.length === 0) return <span className="faint">nobody</span>;
  return (
    <span style={{ display: "grid", justifyItems: "start" }}>
      {shown.map((one) => (
        <span key={`${one.channel} ${one.event} ${one.attempt} ${one.delivered_at}`} title={one.error ?? undefined}>
          {one.delivered_at !== null ? "✓" : one.due !== null ? "·" : "✗"} {one.channel}{" "}
          <span className="faint">
            {one.delivered_at !== null
              ? one.event.replace("alert.", "")
              : one.due !== null
                ? `attempt ${one.attempt}`
                : "given up"}
          </span>
        </span>
      ))}
      {!all && alert.deliveries.length > MESSAGES_SHOWN && (
        <Button size="small" look="bare" onClick={() => setAll(true)}>
          {alert.deliveries.length - MESSAGES_SHOWN} before
        </Button>
      )}
    </span>
  );
}
