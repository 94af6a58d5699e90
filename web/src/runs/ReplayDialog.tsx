import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { Schema } from "../api/client";
import { DataForm, useData } from "../functions/DataForm";
import { functionList } from "../functions/queries";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { CheckField, SelectField } from "../ui/Field";
import { money } from "../ui/money";
import { Skeleton } from "../ui/Skeleton";
import { StateGlyph } from "../ui/StateMark";
import { type ReplayWish, replayRun } from "./acts";
import { addCost } from "./cost";
import type { Run } from "./list_filter";
import styles from "./ReplayDialog.module.css";

/** From where a run is to be run again. */
export type ReplayFrom = { kind: "start" | "failure" | "input" } | { kind: "step"; step: string };
type Planned = Schema<"PlannedStepOut">;

const START = " start";
const FAILURE = " failure";
const SHOWN_MAX = 60;

/** Run a run again. What is taken over and what runs again is told before anything begins. */
export function ReplayDialog({
  run,
  from,
  onClose,
  onBegun,
}: {
  run: Run;
  from: ReplayFrom;
  onClose: () => void;
  onBegun: (id: string) => void;
}) {
  const [place, setPlace] = useState(from.kind === "step" ? from.step : from.kind === "failure" ? FAILURE : START);
  const [edited, setEdited] = useState(from.kind === "input");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { data: functions } = useQuery(functionList);
  const schema = functions?.find((one) => one.id === run.function)?.input_schema ?? null;
  const data = useData(schema, run.input);
  const isObject = run.input !== null && typeof run.input === "object" && !Array.isArray(run.input);

  const wish: ReplayWish = {
    ...(place === FAILURE ? { from_failure: true } : place === START ? {} : { from_step: place }),
    ...(edited && !data.unsendable ? { input: data.value } : {}),
  };
  // Only whether the input is edited changes the plan, not how: each letter is no request.
  const asked = useDeferredValue(JSON.stringify({ ...wish, input: edited ? 1 : undefined }));
  const plan = useQuery({
    queryKey: ["runs", "replay plan", run.id, asked],
    queryFn: () => replayRun(run.id, { ...wish, ...(edited ? { input: run.input } : {}) }, true),
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
  const whole = useQuery({
    queryKey: ["runs", "replay plan", run.id, "{}"],
    queryFn: () => replayRun(run.id, {}, true),
    gcTime: 0,
    retry: false,
  });

  const begin = () => {
    setTried(true);
    if (edited && data.unsendable) return;
    setBusy(true);
    replayRun(run.id, wish).then(
      (made) => made.run !== null && onBegun(made.run),
      (reason: unknown) => {
        setFailure(reason);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={`Replay ${run.label}`}
      description="A new run begins. This one stays as it is."
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="ink" busy={busy} disabled={plan.data === undefined} onClick={begin}>
            Replay
          </Button>
        </>
      }
    >
      <div className={styles.wish}>
        <SelectField label="From" value={place} onChange={(event) => setPlace(event.target.value)}>
          <option value={START}>the start</option>
          {run.state === "failed" && <option value={FAILURE}>where it failed</option>}
          <optgroup label="Step">
            {(whole.data?.again ?? []).map((step) => (
              <option key={step.key} value={step.key}>
                {step.key}
              </option>
            ))}
            {from.kind === "step" && whole.data === undefined && <option value={from.step}>{from.step}</option>}
          </optgroup>
        </SelectField>
        {isObject && (
          <CheckField
            label="With another input"
            hint="Steps that are taken over keep what they gave for the old one."
            checked={edited}
            onChange={(event) => setEdited(event.target.checked)}
          />
        )}
      </div>
      {edited && isObject && <DataForm label="Input" schema={schema} data={data} tried={tried} at="/input" />}
      {plan.isError ? (
        <Failure reason={plan.error} retry={() => void plan.refetch()} />
      ) : plan.data === undefined ? (
        <Skeleton lines={4} label="Looking at what would run again" />
      ) : (
        <Plan plan={plan.data} />
      )}
      {failure !== null && <Failure reason={failure} />}
    </Dialog>
  );
}

function Plan({ plan }: { plan: Schema<"ReplayOut"> }) {
  const saved = plan.reused.reduce<string | null>((sum, step) => addCost(sum, step.cost ?? "0"), "0");
  return (
    <>
      <div className={styles.plan}>
        <Steps
          title="Taken over"
          word="Nothing: all of it runs again."
          steps={plan.reused}
          cached
          note={saved !== null && Number(saved) > 0 ? `saves ${money(saved)}` : null}
        />
        <Steps title="Runs again" word="Only what was never recorded." steps={plan.again} note={null} />
      </div>
      {plan.warnings.length > 0 && (
        <ul className={styles.warnings}>
          {plan.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Steps({
  title,
  word,
  steps,
  note,
  cached = false,
}: {
  title: string;
  word: string;
  steps: readonly Planned[];
  note: string | null;
  cached?: boolean;
}) {
  return (
    <section>
      <h3 className={styles.title}>
        {title} <span className="faint number">{steps.length}</span>
        {note !== null && <span className={styles.note}>{note}</span>}
      </h3>
      {steps.length === 0 ? (
        <p className="quiet">{word}</p>
      ) : (
        <ul className={styles.steps}>
          {steps.slice(0, SHOWN_MAX).map((step) => (
            <li key={step.key} className={styles.step}>
              <StateGlyph state={cached ? "cached" : "pending"} />
              <span className={`mono ${styles.key}`} title={step.key} dir="auto">
                {step.key}
              </span>
              {step.cost !== null && <span className="faint number">{money(step.cost)}</span>}
            </li>
          ))}
          {steps.length > SHOWN_MAX && <li className="faint">and {(steps.length - SHOWN_MAX).toLocaleString()} more</li>}
        </ul>
      )}
    </section>
  );
}
