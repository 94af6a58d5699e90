import { StateMark } from "../ui/StateMark";
import styles from "./Standing.module.css";

/** Whether anything of a function can begin now: somebody has to know its code, and nobody may have paused it. */
export function Standing({ live, paused }: { live: boolean; paused: boolean }) {
  if (paused) return <StateMark state="paused" />;
  if (live) return <span className="faint">connected</span>;
  return (
    <span className={styles.gone} title="No live worker knows this function: its runs stay queued until one does.">
      <span aria-hidden="true">✗ </span>no worker
    </span>
  );
}
