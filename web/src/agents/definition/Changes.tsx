import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import { JsonDiff, TextDiff } from "../../ui/Diff";
import { Failure } from "../../ui/Failure";
import { isRecord } from "../../ui/json_shape";
import { Skeleton } from "../../ui/Skeleton";
import styles from "./Changes.module.css";
import { fieldName } from "./field_name";
import { revisionDiff } from "./revision_queries";

export type Change = Schema<"FieldChangeOut">;

/** How one revision became another, field by field; prose line by line. */
export function Changes({ agent, from, to }: { agent: string; from: number; to: number }) {
  const { data, error, refetch } = useQuery(revisionDiff(agent, from, to));
  if (data === undefined)
    return error ? <Failure reason={error} retry={() => void refetch()} /> : <Skeleton lines={4} label="Comparing" />;
  return <ChangeList changes={data.changes} nameOf={fieldName} />;
}

/** Fields that differ, each with what is gone and what has come. */
export function ChangeList({ changes, nameOf }: { changes: readonly Change[]; nameOf: (field: string) => string }) {
  if (changes.length === 0) return <p className="quiet">The two are the same.</p>;
  return (
    <ul className={styles.list} aria-label="Changes">
      {changes.map((change) => (
        <OneChange key={change.field} change={change} name={nameOf(change.field)} />
      ))}
    </ul>
  );
}

function OneChange({ change, name }: { change: Change; name: string }) {
  const isLong = change.text !== null || isRecord(change.before) || isRecord(change.after);
  return (
    <li className={isLong ? styles.long : styles.short}>
      <span className={styles.name}>{name}</span>
      {change.text !== null ? (
        <TextDiff before={String(change.before ?? "")} after={String(change.after ?? "")} label={`Changes of ${name}`} />
      ) : isLong ? (
        <JsonDiff before={change.before ?? {}} after={change.after ?? {}} label={`Changes of ${name}`} />
      ) : (
        <Values before={partsOf(change.before)} after={partsOf(change.after)} />
      )}
    </li>
  );
}

/** What is gone and what has come; of a list only what differs. */
function Values({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  const gone = before.filter((one) => !after.includes(one));
  const come = after.filter((one) => !before.includes(one));
  if (gone.length === 0 && come.length === 0) return <span className="quiet">in another order: {after.join(", ")}</span>;
  return (
    <span className={styles.values}>
      {gone.map((one) => (
        <del key={one} className={styles.gone}>
          <span aria-hidden="true">− </span>
          <span className="visually-hidden">taken out: </span>
          {one}
        </del>
      ))}
      {come.map((one) => (
        <ins key={one} className={styles.come}>
          <span aria-hidden="true">+ </span>
          <span className="visually-hidden">put in: </span>
          {one}
        </ins>
      ))}
    </span>
  );
}

function partsOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map(String);
  return [typeof value === "boolean" ? (value ? "yes" : "no") : String(value)];
}
