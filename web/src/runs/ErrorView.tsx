import { useState } from "react";
import { Button } from "../ui/Button";
import styles from "./ErrorView.module.css";
import { ownFrame, placeWord } from "./own_frame";
import type { StepError } from "./step";

/** An error: its class and its sentence, then the line of the author's own code that it comes from, the rest on demand. */
export function ErrorView({ error }: { error: StepError }) {
  const [whole, setWhole] = useState(false);
  const frame = ownFrame(error.traceback);
  return (
    <div className={styles.error}>
      <p className={styles.said} dir="auto">
        <strong>{error.type}</strong>
        {error.message !== "" && <> {error.message}</>}
      </p>
      {frame !== null && frame.code !== "" && <code className={styles.code}>{frame.code}</code>}
      {(frame !== null || error.traceback !== undefined) && (
        <p className={styles.place}>
          {frame !== null && (
            <span>
              <span title={frame.file} className={styles.file}>
                {placeWord(frame)}
              </span>
              {frame.name !== "" && <span className="faint"> in {frame.name}</span>}
            </span>
          )}
          {error.traceback !== undefined && (
            <Button size="small" look="bare" aria-expanded={whole} onClick={() => setWhole(!whole)}>
              {whole ? "Hide the traceback" : "Show the traceback"}
            </Button>
          )}
        </p>
      )}
      {whole && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        <pre className={styles.traceback} tabIndex={0}>
          {error.traceback}
        </pre>
      )}
      {error.hint !== undefined && <p className={styles.hint}>{error.hint}</p>}
    </div>
  );
}
