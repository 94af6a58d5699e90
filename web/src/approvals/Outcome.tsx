import { Ago } from "../ui/Ago";
import { JsonDiff } from "../ui/Diff";
import { StateGlyph } from "../ui/StateMark";
import { type Approval, decidedAt, kindOf } from "./approval";
import styles from "./Outcome.module.css";

/** How it ended, by whom and when; also where somebody else was faster. */
export function Outcome({ approval }: { approval: Approval }) {
  const { state, decided_by, decision } = approval;
  const at = decidedAt(approval);
  if (state === "pending") return null;
  return (
    <section className={styles.outcome} role="status">
      <p className={styles.line}>
        <StateGlyph state={state} />
        <strong>{state === "expired" ? "Nobody decided in time" : `${said(approval)} by ${decided_by ?? "somebody"}`}</strong>
        {at !== null && <Ago at={at} className="quiet" />}
      </p>
      {state === "expired" && <p className="quiet">It reads as denied: the call did not run.</p>}
      {decision?.reason != null && <blockquote className={styles.reason}>{decision.reason}</blockquote>}
      {decision?.edited_args != null && (
        <JsonDiff before={approval.arguments} after={decision.edited_args} label="What was edited" />
      )}
    </section>
  );
}

function said(approval: Approval): string {
  if (kindOf(approval) === "uncertain") return approval.state === "approved" ? "Called again, decided" : "Settled";
  if (approval.state === "denied") return "Denied";
  return approval.decision?.edited_args != null ? "Approved with changes" : "Approved";
}
