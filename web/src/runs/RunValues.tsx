import { Json } from "../ui/Json";
import { isOver } from "./acts";
import type { Run } from "./list_filter";
import styles from "./StepPane.module.css";
import type { Step } from "./step";

/** What the run was given and what it gave, while no step is open. */
export function RunValues({ run, steps }: { run: Run; steps: readonly Step[] }) {
  return (
    <section className={styles.pane} aria-label="Input and output">
      <h2 className="visually-hidden">Input and output</h2>
      <h3>Input</h3>
      <Json value={run.input} label="Input of the run" />
      {run.state === "completed" && (
        <>
          <h3>Output</h3>
          {run.output === null ? (
            <p className="quiet">It gave nothing back.</p>
          ) : (
            <Json value={run.output} label="Output of the run" />
          )}
        </>
      )}
      {steps.length > 0 && (
        <p className="faint">Choose a step to see what went into it and what came out{isOver(run) ? "" : ", as it happens"}.</p>
      )}
    </section>
  );
}
