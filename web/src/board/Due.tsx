import { absolute } from "../ui/Ago";
import { useNow } from "../ui/now";
import styles from "./Due.module.css";
import { dueWords } from "./due";

/** When a card is due; in red, and in words, once that has passed. What is done is never late. */
export function Due({ at, done = false }: { at: string; done?: boolean }) {
  const { words, late } = dueWords(at, useNow(30_000));
  return (
    <time dateTime={at} title={`Due ${absolute(at)}`} className={`number ${late && !done ? styles.late : styles.due}`}>
      {late && !done ? words.replace(/^due /, "overdue, ") : words}
    </time>
  );
}
