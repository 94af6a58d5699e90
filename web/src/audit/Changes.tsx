import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ago } from "../ui/Ago";
import { JsonDiff, TextDiff } from "../ui/Diff";
import { type Change, changeIn, changeSince, type Entry, tellsState } from "./change";
import styles from "./EntryPane.module.css";
import { earlierThan } from "./queries";

/** What an entry changed: as it says itself, or against the entry before it about the same thing. */
export function Changes({ entry }: { entry: Entry }) {
  const own = changeIn(entry);
  const earlier = useQuery(earlierThan(entry, own === null && tellsState(entry)));
  const change = own ?? (earlier.data === undefined ? null : changeSince(entry, earlier.data));
  if (change === null) return null;
  return (
    <section className={styles.part}>
      <h3>What changed</h3>
      {change.against !== null && (
        <p className="quiet">
          Against{" "}
          <Link to="/audit" search={(held: Record<string, unknown>) => ({ ...held, entry: change.against?.id })} className="mono">
            {change.against.action}
          </Link>{" "}
          <Ago at={change.against.at} />
        </p>
      )}
      <Shown change={change} />
    </section>
  );
}

function Shown({ change: { before, after } }: { change: Change }) {
  if (typeof before === "string" && typeof after === "string" && (before.includes("\n") || after.includes("\n")))
    return <TextDiff before={before} after={after} />;
  return <JsonDiff before={before} after={after} />;
}
