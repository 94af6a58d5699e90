import styles from "./Json.module.css";
import { CopyButton } from "./Snippet";

/** A JSON value as text, with a button that copies it. Long ones scroll in their own box. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "null");
  return (
    <section className={styles.json} aria-label={label}>
      <div className={styles.copy}>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
