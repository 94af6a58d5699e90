import { X } from "lucide-react";
import type { Problem } from "../api/problem";
import { IconButton } from "../ui/Button";
import { isRecord } from "../ui/json_shape";
import styles from "./DecisionBar.module.css";

/** Why a decision was not taken: somebody was faster, it is another call by now, or the server did not answer. */
export function Refusal({ reason, onClose }: { reason: Problem; onClose: () => void }) {
  return (
    <div className={styles.refusal} role="alert">
      <p>
        <strong>{titled(reason)}</strong> {detailed(reason)}
        {reason.requestId !== null && (
          <span className="quiet">
            {" "}
            Request <code>{reason.requestId}</code>
          </span>
        )}
      </p>
      <IconButton size="small" label="Put away" icon={<X size={14} />} onClick={onClose} />
    </div>
  );
}

function titled(reason: Problem): string {
  const winner = isRecord(reason.body.winner) ? reason.body.winner : {};
  if (typeof winner.decided_by === "string") return `${winner.decided_by} was faster.`;
  if (typeof winner.hash === "string") return "It is another call by now.";
  if (reason.status === 0) return "The server did not answer.";
  return "This was not decided.";
}

function detailed(reason: Problem): string {
  const winner = isRecord(reason.body.winner) ? reason.body.winner : {};
  if (typeof winner.decided_by === "string") return "Your decision was not needed any more, and changed nothing.";
  if (typeof winner.hash === "string") return "Somebody has edited the arguments. Look at them again, then decide.";
  if (reason.status === 0) return "Try again: the same decision counts once, even if the first one arrived.";
  return reason.message.replace(/^./, (first) => first.toUpperCase());
}
