import { Ago } from "../ui/Ago";
import { Button } from "../ui/Button";
import type { Entry } from "./change";
import styles from "./ProofMark.module.css";
import type { Proved } from "./proof";
import type { Verdict } from "./queries";
import { VerdictLine } from "./Verdict";

const COUNT = new Intl.NumberFormat("en-US");

/** Whether this browser could prove by itself that the entry, as it is shown, is in the log. */
export function ProofMark({
  entry,
  verdict,
  busy,
  again,
}: {
  entry: Entry;
  verdict: Verdict<Proved>;
  busy: boolean;
  again: () => void;
}) {
  return (
    <div className={styles.mark} aria-live="polite">
      {verdict.kind === "held" ? (
        <VerdictLine tone="held">
          <strong>{verdict.found.signed ? "Proved by this browser" : "Its hashes are proved by this browser"}</strong> against
          head <span className="number">{COUNT.format(verdict.found.head.size)}</span>, signed <Ago at={verdict.found.head.at} />.
          {!verdict.found.signed && " The signature was not checked: this browser does not know Ed25519."}
        </VerdictLine>
      ) : verdict.kind === "refused" ? (
        <VerdictLine tone="refused">
          <strong>This entry does not hold.</strong> {verdict.why}
        </VerdictLine>
      ) : verdict.kind === "unable" ? (
        <VerdictLine tone="open">
          Not checked here: a browser has no cryptography on a page that came over plain HTTP from another machine.
        </VerdictLine>
      ) : (
        <>
          <VerdictLine tone="open">
            {entry.position === null ? "It gets its position in about a second, and a signed" : "A signed"} head covers it within
            a minute. Then it can be proved.
          </VerdictLine>
          <Button size="small" className={styles.again} busy={busy} onClick={again}>
            Look again
          </Button>
        </>
      )}
    </div>
  );
}
