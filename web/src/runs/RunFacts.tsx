import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { session } from "../session";
import { Ago } from "../ui/Ago";
import { Chip } from "../ui/Chip";
import type { Run } from "./list_filter";
import styles from "./RunFacts.module.css";
import { runLabel, triggerWord } from "./words";

/** Where a run comes from and whose it is. */
export function RunFacts({ run }: { run: Run }) {
  return (
    <ul className={styles.facts} aria-label="Where the run comes from">
      <Fact name="trigger">
        {run.event === null ? (
          <span>{triggerWord(run.trigger)}</span>
        ) : (
          <Link to="/events/$id" params={{ id: run.event }} className="mono">
            {triggerWord(run.trigger)}
          </Link>
        )}
        {run.parent !== null && (
          <>
            {" of "}
            <RunLink id={run.parent} />
          </>
        )}
      </Fact>
      {run.task !== null && (
        <Fact name="task">
          <Link to="/board/$key" params={{ key: run.task }} className="mono">
            {run.task}
          </Link>
        </Fact>
      )}
      {run.agent !== null && (
        <Fact name="agent">
          <Link to="/agents/$name" params={{ name: run.agent }}>
            {run.agent}
          </Link>
        </Fact>
      )}
      {run.origin !== null && (
        <Fact name="replay of">
          <RunLink id={run.origin} />
          {run.origin_step !== null && (
            <>
              {" from "}
              <span className="mono">{run.origin_step}</span>
            </>
          )}
          {" · "}
          <Link to="/runs/$id/compare/$other" params={{ id: run.origin, other: run.id }}>
            compare
          </Link>
        </Fact>
      )}
      {run.version !== null && (
        <Fact name="version">
          <span className="mono">{run.version}</span>
        </Fact>
      )}
      {session().me.tenant !== "default" && <Fact name="tenant">{session().me.tenant}</Fact>}
      <Fact name="made">
        <Ago at={run.created_at} />
      </Fact>
      {run.test && (
        <li>
          <Chip title="A test key began it">test</Chip>
        </li>
      )}
      {run.dismissed_at !== null && (
        <li>
          <Chip title="Somebody took it off the list of failures">dismissed</Chip>
        </li>
      )}
      {run.unpriced_calls > 0 && (
        <li>
          <Chip title="The cost is not known because these calls have no price">{run.unpriced_calls} unpriced</Chip>
        </li>
      )}
      {run.unknown_calls > 0 && (
        <li>
          <Chip title="Calls that were never answered; what they cost is in no sum">{run.unknown_calls} unanswered</Chip>
        </li>
      )}
    </ul>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <li className={styles.fact}>
      <span className="faint">{name}</span> {children}
    </li>
  );
}

function RunLink({ id }: { id: string }) {
  return (
    <Link to="/runs/$id" params={{ id }} className="mono" title={id}>
      {runLabel(id)}
    </Link>
  );
}
