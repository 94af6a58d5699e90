import { RotateCw } from "lucide-react";
import { Problem } from "../api/problem";
import { signInAddress } from "../session";
import { Button } from "./Button";
import styles from "./Failure.module.css";

/** What went wrong, the request's id for whoever reads the log, and a way on. */
export function Failure({ reason, retry }: { reason: unknown; retry?: () => void }) {
  const problem = reason instanceof Problem ? reason : null;
  const said = reason instanceof Error ? reason.message : String(reason);
  return (
    <div className={styles.failure} role="alert">
      <p>
        <strong>{problem?.title ?? "This page has a fault"}</strong>
        {" · "}
        {said}
      </p>
      {problem?.hint && <p>{problem.hint}</p>}
      {problem?.isSignedOut && (
        <p>
          <a href={signInAddress()} target="_blank" rel="noreferrer">
            Sign in again in a new tab
          </a>
        </p>
      )}
      {problem?.requestId && !problem.isSignedOut && (
        <p className="quiet">
          Request <code>{problem.requestId}</code>
        </p>
      )}
      {retry !== undefined && (
        <Button size="small" icon={<RotateCw size={14} />} onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
