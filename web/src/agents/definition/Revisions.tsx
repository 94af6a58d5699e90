import { Link } from "@tanstack/react-router";
import { Ago } from "../../ui/Ago";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Skeleton } from "../../ui/Skeleton";
import type { Agent } from "../agent_queries";
import styles from "./Revisions.module.css";
import { type Revision, useRevisions } from "./revision_queries";

/** Every revision of an agent, the newest first: who made it, when and why. */
export function Revisions({ agent, shown }: { agent: Agent; shown: number | null }) {
  const { rows, failure, retry, hasMore, loadingMore, more } = useRevisions(agent.name, agent.revision);
  return (
    <section className={styles.revisions} aria-labelledby="revisions">
      <h2 id="revisions" className={styles.title}>
        Revisions
      </h2>
      {rows === undefined ? (
        failure ? (
          <Failure reason={failure} retry={retry} />
        ) : (
          <Skeleton lines={4} label="Loading revisions" />
        )
      ) : (
        <ol className={styles.list}>
          {rows.map((one) => (
            <li key={one.revision}>
              <One revision={one} current={agent.revision} shown={shown} />
            </li>
          ))}
        </ol>
      )}
      {hasMore && (
        <Button size="small" busy={loadingMore} onClick={more}>
          Show older ones
        </Button>
      )}
    </section>
  );
}

function One({ revision, current, shown }: { revision: Revision; current: number; shown: number | null }) {
  const { revision: number, made_by, made_by_kind, note, created_at } = revision;
  const isNow = number === current;
  return (
    <Link
      to="."
      search={{ view: "definition", revision: isNow && number === 1 ? undefined : String(number) }}
      className={styles.one}
      aria-current={number === shown || (shown === null && isNow) || undefined}
    >
      <span className={styles.number}>
        Revision {number}
        {isNow && <span className="faint"> now</span>}
      </span>
      <Ago at={created_at} className={styles.when} />
      <span className={styles.who}>
        {made_by === null ? "not noted by whom" : made_by_kind === "system" ? `code (${made_by})` : `by ${made_by}`}
      </span>
      {note !== null && (
        <span className={styles.note} dir="auto">
          {note}
        </span>
      )}
    </Link>
  );
}
