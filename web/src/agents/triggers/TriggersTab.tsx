import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Plus, Trash2, Webhook, Zap } from "lucide-react";
import { useState } from "react";
import { api, ask, type Schema } from "../../api/client";
import { cronWords } from "../../functions/cron_words";
import { useShortcuts } from "../../keys/shortcuts";
import { may } from "../../session";
import { Ago } from "../../ui/Ago";
import { Button, IconButton } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import { tell } from "../../ui/tell";
import type { Agent } from "../agent_queries";
import { TriggerDialog } from "./TriggerDialog";
import styles from "./TriggersTab.module.css";

type Trigger = Schema<"AgentTriggerOut">;

function triggersOf(agent: string) {
  return queryOptions({
    queryKey: ["agent", agent, "triggers"],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/agents/{agent}/triggers", { params: { path: { agent }, query: { limit: 200 } }, signal }))).data,
  });
}

/** What starts the agent without anybody's code: events, times, webhooks. */
export default function TriggersTab({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(triggersOf(agent.name));
  const [making, setMaking] = useState(false);
  const [leaving, setLeaving] = useState<Trigger | null>(null);
  const writes = may("agents:write");
  useShortcuts(writes ? [{ keys: "n", label: "Give it a trigger", group: "Triggers", run: () => setMaking(true) }] : []);
  const stale = () => client.invalidateQueries({ queryKey: triggersOf(agent.name).queryKey });
  const take = (trigger: Trigger) => {
    setLeaving(null);
    const params = { path: { agent: agent.name, trigger: trigger.id } };
    ask(api.DELETE("/v1/agents/{agent}/triggers/{trigger}", { params })).catch(tell("The trigger is still there")).finally(stale);
  };
  const make = writes && (
    <Button look={data?.length === 0 ? "ink" : "plain"} icon={<Plus size={14} />} hotkey="n" onClick={() => setMaking(true)}>
      Give it a trigger
    </Button>
  );
  if (data === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={4} label="Loading its triggers" />;
  return (
    <>
      {data.length === 0 ? (
        <Empty
          title={`Nothing starts ${agent.name} by itself`}
          command={`flowforge agents triggers ${agent.name} --on order/created --title 'Look at {{event.data.order_id}}'`}
          action={make}
        >
          Each event, time or delivery that fires a trigger becomes a card of {agent.name}, or a run without one.
        </Empty>
      ) : (
        <>
          <div className={styles.bar}>
            <p className="quiet">Each firing becomes a card of {agent.name}, or a run without one, once.</p>
            {make}
          </div>
          <ul className={styles.triggers} aria-label={`Triggers of ${agent.name}`}>
            {data.map((trigger) => (
              <li key={trigger.id} className={styles.trigger}>
                <When trigger={trigger} />
                <Makes trigger={trigger} />
                <span className={`faint ${styles.by}`}>
                  by {trigger.created_by} <Ago at={trigger.created_at} />
                </span>
                {writes && (
                  <IconButton
                    size="small"
                    label={`Take away ${nameOf(trigger)}`}
                    icon={<Trash2 size={14} />}
                    onClick={() => setLeaving(trigger)}
                  />
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {making && (
        <TriggerDialog
          agent={agent}
          onClose={() => setMaking(false)}
          onDone={() => {
            setMaking(false);
            void stale();
          }}
        />
      )}
      {leaving !== null && (
        <Dialog
          open
          onClose={() => setLeaving(null)}
          size="small"
          title={`Take away ${nameOf(leaving)}`}
          description="What it has started goes on."
          actions={
            <>
              <Button onClick={() => setLeaving(null)}>Keep it</Button>
              <Button look="danger" onClick={() => take(leaving)}>
                Take it away
              </Button>
            </>
          }
        />
      )}
    </>
  );
}

function When({ trigger }: { trigger: Trigger }) {
  const Icon = trigger.cron ? CalendarClock : trigger.webhook ? Webhook : Zap;
  const spoken = trigger.cron ? cronWords(trigger.cron) : null;
  return (
    <div className={styles.when}>
      <Icon size={16} aria-hidden="true" className={styles.icon} />
      <div className={styles.words}>
        <p className={styles.name}>{nameOf(trigger)}</p>
        {trigger.cron && (
          <p className="quiet">
            {spoken === null ? "" : `${spoken}, `}
            {trigger.tz ?? "UTC"}
          </p>
        )}
        {trigger.if && <p className="mono quiet">if {trigger.if}</p>}
        {trigger.webhook && (
          <p className="quiet">
            Signed as <code>{trigger.scheme ?? trigger.webhook}</code>
          </p>
        )}
      </div>
    </div>
  );
}

function Makes({ trigger }: { trigger: Trigger }) {
  const isCard = trigger.makes !== "run";
  return (
    <div className={styles.words}>
      <p>
        <Chip>{isCard ? "card" : "run"}</Chip> <span dir="auto">{isCard ? trigger.title : trigger.prompt}</span>
      </p>
      {isCard && trigger.description && (
        <p className={`quiet ${styles.more}`} dir="auto">
          {trigger.description}
        </p>
      )}
    </div>
  );
}

function nameOf(trigger: Trigger): string {
  return trigger.event ?? trigger.cron ?? `POST /hooks/${trigger.webhook}`;
}
