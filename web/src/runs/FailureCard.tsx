import { ArrowDownRight } from "lucide-react";
import { Button } from "../ui/Button";
import { ErrorView } from "./ErrorView";
import styles from "./FailureCard.module.css";
import type { Run } from "./list_filter";
import type { Story } from "./run_story";
import { errorOf, type Step, type StepError } from "./step";

/** Why a run failed: what the step at fault raised where it was a step, else what its function did. */
export function FailureCard({ story, onStep }: { story: Story; onStep: (key: string) => void }) {
  const { run, steps } = story;
  if (run.state !== "failed" || run.error === null) return null;
  const step = stepAtFault(run, steps);
  const error = step?.error ?? told(run.error);
  return (
    <section className={styles.card} aria-label="Why it failed">
      <div className={styles.error}>
        <ErrorView error={error} />
      </div>
      {step !== undefined && (
        <p className={styles.step}>
          <span className="quiet">
            The step <span className="mono">{step.name}</span> gave up after{" "}
            {step.attempt === 1 ? "its first try" : `${step.attempt} tries`}.
          </span>
          <Button size="small" icon={<ArrowDownRight size={14} />} onClick={() => onStep(step.key)}>
            Go to the step
          </Button>
        </p>
      )}
      {run.error.on_failure !== undefined && (
        <p className="quiet">What was to clean up failed too: {errorOf(run.error.on_failure)?.message}</p>
      )}
    </section>
  );
}

function stepAtFault(run: Run, steps: readonly Step[]): Step | undefined {
  const key = run.error?.step_key;
  const name = run.error?.step;
  const failed = steps.filter((step) => step.state === "failed");
  return failed.find((step) => step.key === key) ?? failed.findLast((step) => step.name === name);
}

function told(error: Record<string, unknown>): StepError {
  return errorOf(error) ?? { type: "Error", message: "" };
}
