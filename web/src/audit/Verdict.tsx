import type { ReactNode } from "react";
import styles from "./Verdict.module.css";

/** What a check has come to. Never colour alone: a sign and a sentence. */
export function VerdictLine({ tone, children }: { tone: "held" | "refused" | "open"; children: ReactNode }) {
  return (
    <p className={`${styles.verdict} ${styles[tone]}`} role={tone === "refused" ? "alert" : undefined}>
      <span className={styles.sign} aria-hidden="true">
        {SIGNS[tone]}
      </span>
      <span>{children}</span>
    </p>
  );
}

const SIGNS = { held: "✓", refused: "✗", open: "·" };
