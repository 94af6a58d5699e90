import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { absolute } from "../ui/Ago";
import { IconButton } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Json } from "../ui/Json";
import { Skeleton } from "../ui/Skeleton";
import { CopyButton, Snippet } from "../ui/Snippet";
import { Changes } from "./Changes";
import type { Entry } from "./change";
import { Who } from "./columns";
import styles from "./EntryPane.module.css";
import { ProofMark } from "./ProofMark";
import { entryOf } from "./queries";
import { targetLink, targetName } from "./target";

/** One entry: who, what, when and from where, what it changed, and whether this browser can prove it. */
export function EntryPane({ id, onClose }: { id: string; onClose: () => void }) {
  const look = useQuery(entryOf(id));
  const heading = useRef<HTMLHeadingElement>(null);
  const known = look.data !== undefined;
  // Where the pane takes the place of the list, the focus was in what is gone.
  useEffect(() => {
    if (known && (document.activeElement === document.body || document.activeElement === null)) heading.current?.focus();
  }, [known]);
  const entry = look.data?.entry;
  return (
    <aside className={styles.pane} aria-label="Entry">
      <header className={styles.head}>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          {entry?.action ?? "Entry"}
        </h2>
        <CopyButton text={entry?.id ?? id} label="Copy the entry's id" />
        <IconButton size="small" label="Close the entry" icon={<X size={16} />} onClick={onClose} />
      </header>
      {look.error !== null && entry === undefined ? (
        <Failure reason={look.error} retry={() => void look.refetch()} />
      ) : look.data === undefined || entry === undefined ? (
        <Skeleton lines={6} label="Loading the entry" />
      ) : (
        <>
          <ProofMark entry={entry} verdict={look.data.verdict} busy={look.isFetching} again={() => void look.refetch()} />
          <Facts entry={entry} />
          <Changes entry={entry} />
          <section className={styles.part}>
            <h3>All that was logged</h3>
            {entry.detail === null ? (
              <p className="quiet">It was erased. The entry still stands in the log.</p>
            ) : (
              <Json value={entry.detail} label="Detail" />
            )}
          </section>
          {entry.proof != null && (
            <details className={styles.part}>
              <summary>The proof, for whoever does not trust this page</summary>
              <div className={styles.part}>
                <p className="quiet">It needs neither this server nor its database:</p>
                <Snippet text={`flowforge audit prove ${entry.id.slice(-8)} -o proof.json\nflowforge audit verify proof.json`} />
                <Json value={entry.proof} label="Proof" />
              </div>
            </details>
          )}
        </>
      )}
    </aside>
  );
}

function Facts({ entry }: { entry: Entry }) {
  const link = targetLink(entry);
  const name = targetName(entry);
  return (
    <dl className={styles.facts}>
      <Fact name="Who">
        <Who principal={entry.principal} />
        {entry.principal.name !== null && (
          <Only search={{ actor: entry.principal.name }} label={`Only these: what ${entry.principal.name} did`} />
        )}
      </Fact>
      <Fact name="To what">
        <span className={styles.target} title={entry.target.name ?? undefined}>
          <span className="quiet">{entry.target.kind.replaceAll("_", " ")}</span>{" "}
          {link === undefined ? name : <Link {...link}>{name}</Link>}
        </span>
        {entry.target.name !== null && (
          <Only search={{ target: entry.target.name }} label={`Only these: what was done to ${name}`} />
        )}
      </Fact>
      <Fact name="When">
        <time dateTime={entry.at} title={entry.at} className="number">
          {absolute(entry.at)}
        </time>
      </Fact>
      <Fact name="Request">
        {entry.request_id === null ? <span className="faint">none: a worker did it</span> : <code>{entry.request_id}</code>}
      </Fact>
      <Fact name="Position">
        <span className="number">{entry.position === null ? "in about a second" : `#${entry.position} of the log, from 0`}</span>
      </Fact>
      {entry.erased.length > 0 && <Fact name="Erased">{entry.erased.join(", ")}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Only({ search, label }: { search: Record<string, string>; label: string }) {
  return (
    <Link to="/audit" search={search} className={styles.only} aria-label={label} title={label}>
      only these
    </Link>
  );
}
