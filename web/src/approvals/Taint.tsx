import { TriangleAlert } from "lucide-react";
import styles from "./Taint.module.css";

/** The agent has read what strangers wrote: what it asks for may be theirs. */
export function Taint({ agent, sources }: { agent: string; sources: readonly string[] }) {
  return (
    <section className={styles.taint} aria-label="Untrusted content">
      <TriangleAlert size={18} />
      <div>
        <p>
          <strong>{agent} has read untrusted content.</strong> Somebody outside may have written what it asks for. Judge by the
          arguments, not by the words.
        </p>
        {sources.length > 0 && (
          <>
            <p className={styles.where}>It came from</p>
            <ul className={styles.sources}>
              {sources.map((source) => (
                <li key={source}>
                  <bdi>{source}</bdi>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
