import { useState } from "react";
import { Button } from "./Button";
import styles from "./Diff.module.css";
import { type Change, changesOf, pathText } from "./json_change";
import { foldSame, type Line, linesOf } from "./line_change";

const SIGNS = { added: "+", removed: "−", changed: "±" } as const;
const WORDS = { added: "added", removed: "taken out", changed: "changed" } as const;

/** Where two JSON values differ, leaf by leaf, in words and signs beside the colour. */
export function JsonDiff({ before, after, label = "Changes" }: { before: unknown; after: unknown; label?: string }) {
  const changes = changesOf(before, after);
  if (changes.length === 0) return <p className="quiet">Nothing is changed.</p>;
  return (
    <ul className={styles.changes} aria-label={label}>
      {changes.map((change) => (
        <li key={JSON.stringify(change.path)} className={styles.change}>
          <span className={styles.sign} aria-hidden="true">
            {SIGNS[change.kind]}
          </span>
          <span className={styles.path}>{pathText(change.path) || "the whole value"}</span>{" "}
          <span className={styles.word}>{WORDS[change.kind]}</span>
          <Values change={change} />
        </li>
      ))}
    </ul>
  );
}

function Values({ change }: { change: Change }) {
  return (
    <span className={styles.values}>
      {change.kind !== "added" && (
        <del className={styles.removed}>
          <span className="visually-hidden">from </span>
          {shown(change.before)}
        </del>
      )}
      {change.kind === "changed" && (
        <span className="faint" aria-hidden="true">
          →
        </span>
      )}
      {change.kind !== "removed" && (
        <ins className={styles.added}>
          <span className="visually-hidden">to </span>
          {shown(change.after)}
        </ins>
      )}
    </span>
  );
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

/** Two texts line by line. What is the same for long is folded, and opened by a button. */
export function TextDiff({ before, after, label = "Changes" }: { before: string; after: string; label?: string }) {
  const [whole, setWhole] = useState(false);
  const lines = linesOf(before, after);
  if (lines.every((line) => line.kind === "same")) return <p className="quiet">Nothing is changed.</p>;
  const folded = whole ? lines : foldSame(lines);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className={styles.text} aria-label={label} tabIndex={0}>
      <table className={styles.lines}>
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Line before</th>
            <th scope="col">Line after</th>
            <th scope="col">Change</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {folded.map((line) =>
            line.kind === "fold" ? (
              <tr key={`fold ${line.lines[0]?.before}`}>
                <td colSpan={4} className={styles.fold}>
                  <Button size="small" look="bare" onClick={() => setWhole(true)}>
                    {line.lines.length} lines are the same
                  </Button>
                </td>
              </tr>
            ) : (
              <Row key={`${line.before} ${line.after}`} line={line} />
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}

function Row({ line }: { line: Line }) {
  return (
    <tr className={styles[line.kind]}>
      <td className={styles.number}>{line.before}</td>
      <td className={styles.number}>{line.after}</td>
      <td className={styles.mark}>
        {line.kind !== "same" && (
          <>
            <span aria-hidden="true">{SIGNS[line.kind]}</span>
            <span className="visually-hidden">{WORDS[line.kind]}</span>
          </>
        )}
      </td>
      <td className={styles.line}>{line.text}</td>
    </tr>
  );
}
