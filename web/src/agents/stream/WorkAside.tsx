import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useId } from "react";
import type { Entry } from "../../live/entry";
import { runLabel } from "../../live/lines";
import { may } from "../../session";
import { Skeleton } from "../../ui/Skeleton";
import { type Agent, agentQueue, type Run, runsInHand } from "../agent_queries";
import { BudgetGauges } from "./BudgetGauges";
import type { RunFigures } from "./figures";
import { RunInHand } from "./RunInHand";
import type { History } from "./useAgentStream";
import styles from "./WorkAside.module.css";

const QUEUE_SHOWN = 5;
/** So many frames are read back at most for what runs in hand have used; of a longer one it is said that it is more. */
const HEARD_MAX = 6_000;

/** What the stream tells, as far back as it was read. */
type Told = { agent: Agent; entries: readonly Entry[]; figures: RunFigures; history: History };

/** Beside the stream: what it has in hand with its plan, what it may spend, and what waits behind it. */
export function WorkAside(told: Told) {
  const { agent } = told;
  return (
    <aside className={styles.aside} aria-label={`What ${agent.name} has in hand`}>
      {may("runs:read") && <InHand {...told} />}
      {may("budgets:read") && <BudgetGauges agent={agent} />}
      <Queue agent={agent} />
    </aside>
  );
}

function InHand({ agent, entries, figures, history }: Told) {
  const { data: runs } = useQuery(runsInHand(agent.name));
  const isWhole = (run: Run) => history.isAll || figures.since <= Date.parse(run.started_at ?? run.created_at);
  // What a run in hand has used is added up from its first frame on.
  const reads = history.known && !history.loading && history.failure === null && figures.heard < HEARD_MAX;
  const wants = reads && runs?.some((run) => !isWhole(run)) === true;
  const { more } = history;
  useEffect(() => {
    if (wants) more();
  }, [wants, more]);
  const ordered = [...(runs ?? [])].sort((one, other) => weight(other, agent) - weight(one, agent));
  const [first] = ordered;
  const last = entries.findLast((entry) => entry.run !== null)?.run;
  return (
    <Block title={runs !== undefined && runs.length > 1 ? `In hand · ${runs.length}` : "In hand"}>
      {runs === undefined ? (
        <Skeleton lines={3} label="Loading what it has in hand" />
      ) : runs.length === 0 ? (
        <p className="quiet">
          Nothing.
          {last && (
            <>
              {" "}
              Its last run was{" "}
              <Link to="/runs/$id" params={{ id: last }} className="mono">
                {runLabel(last)}
              </Link>
              .
            </>
          )}
        </p>
      ) : (
        <ul className={styles.runs}>
          {ordered.map((run) => (
            <RunInHand
              key={run.id}
              agent={agent}
              run={run}
              entries={entries}
              figures={history.known ? figures.of(run.id) : null}
              isWhole={isWhole(run)}
              unfolded={run === first}
            />
          ))}
        </ul>
      )}
    </Block>
  );
}

/** What it works on comes before what waits. */
function weight(run: Run, agent: Agent): number {
  return (run.state === "running" ? 2 : 0) + (run.id === agent.run ? 1 : 0);
}

function Queue({ agent }: { agent: Agent }) {
  const { data } = useQuery({ ...agentQueue(agent.name), enabled: agent.queued > 0 });
  const waiting = agent.queued > 0 ? (data?.data ?? []) : [];
  const rest = agent.queued - Math.min(waiting.length, QUEUE_SHOWN);
  const atOnce = agent.concurrency;
  return (
    <Block
      title={agent.queued > 0 ? `Waits behind · ${agent.queued === 1_000 ? "1,000 or more" : agent.queued}` : "Waits behind"}
      aside={
        <span className="faint" title="How many of its runs work at the same time">
          {atOnce === null || atOnce === undefined ? "any number at once" : `${atOnce} at once`}
        </span>
      }
    >
      {agent.queued === 0 ? (
        <p className="quiet">Nothing.</p>
      ) : (
        <ol className={styles.queue}>
          {waiting.slice(0, QUEUE_SHOWN).map((one) => (
            <li key={one.run} className={styles.queued}>
              {one.task === null ? (
                <Link to="/runs/$id" params={{ id: one.run }} className="mono">
                  {runLabel(one.run)}
                </Link>
              ) : (
                <Link to="/board/$key" params={{ key: one.task }} className="mono">
                  {one.task}
                </Link>
              )}
              <span className="truncate quiet" dir="auto" title={one.title ?? undefined}>
                {one.title ?? "asked directly"}
              </span>
            </li>
          ))}
          {rest > 0 && waiting.length > 0 && (
            <li>
              <Link to="." search={{ view: "limits" }}>
                {rest} more
              </Link>
            </li>
          )}
        </ol>
      )}
    </Block>
  );
}

/** A part of what stands beside the stream. */
export function Block({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.block} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
