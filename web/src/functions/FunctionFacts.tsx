import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { WithCode } from "../events/WithCode";
import { Ago } from "../ui/Ago";
import { Json } from "../ui/Json";
import { cronOf, cronWords } from "./cron_words";
import styles from "./FunctionFacts.module.css";
import { flowWords } from "./flow_words";
import type { FunctionOut } from "./queries";
import { nameOf } from "./trigger_name";

type Schedule = FunctionOut["schedules"][number];

/** What starts a function, how it runs, and where its code stands. */
export function FunctionFacts({ found }: { found: FunctionOut }) {
  const flow = flowWords(found.flow);
  return (
    <div className={styles.facts}>
      <h2>What starts it</h2>
      {found.triggers.length === 0 ? (
        <p className="quiet">Nothing by itself: other functions invoke it, or somebody does by hand.</p>
      ) : (
        <ul className={styles.triggers}>
          {found.triggers.map((trigger) => (
            <li key={trigger}>
              <Trigger trigger={trigger} schedule={found.schedules.find((one) => trigger.startsWith(`cron ${one.cron}`))} />
            </li>
          ))}
        </ul>
      )}
      <h2>How it runs</h2>
      <dl className={styles.list}>
        <dt>Retries</dt>
        <dd>{retries(found.retries)}</dd>
        {flow.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a function may have two limits that are said alike
          <Fragment key={index}>
            <dt>{one.name}</dt>
            <dd>
              <WithCode text={one.said} />
            </dd>
          </Fragment>
        ))}
        {found.version !== null && (
          <>
            <dt>Version</dt>
            <dd>
              <code>{found.version}</code>: its runs go on with the code that they began with
            </dd>
          </>
        )}
      </dl>
      <h2>Where it is</h2>
      <dl className={styles.list}>
        <dt>Code</dt>
        <dd>
          <code>{found.source ?? "not known"}</code>
        </dd>
        <dt>{found.builtin ? "From" : "App"}</dt>
        <dd>{found.builtin ? "comes with FlowForge" : <code>{found.app}</code>}</dd>
        <dt>Worker</dt>
        <dd>{found.live ? "connected" : "none that knows it"}</dd>
      </dl>
      {found.input_schema !== null && (
        <>
          <h2>What its data looks like</h2>
          <Json value={found.input_schema} label="JSON Schema" />
        </>
      )}
    </div>
  );
}

function Trigger({ trigger, schedule }: { trigger: string; schedule: Schedule | undefined }) {
  if (schedule !== undefined) return <Scheduled schedule={schedule} />;
  const cron = cronOf(trigger);
  if (cron !== null)
    return (
      <>
        <p>
          {cronWords(cron.cron) ?? <code>{cron.cron}</code>} <span className="faint">{cron.zone}</span>
        </p>
        <p className="quiet">In the deployment's first tenant, not in this one.</p>
      </>
    );
  const name = nameOf(trigger);
  const filter = trigger.includes(" if ") ? trigger.slice(trigger.indexOf(" if ") + 4) : null;
  return (
    <>
      <p>
        the event{" "}
        {name === null ? (
          <code>{trigger}</code>
        ) : (
          <Link to="/events" search={{ name }}>
            <code>{name}</code>
          </Link>
        )}
      </p>
      {filter !== null && (
        <p className="quiet">
          <WithCode text={`if \`${filter}\``} />
        </p>
      )}
    </>
  );
}

const CATCH_UP: Record<string, string> = {
  skip: "Times that were missed are left out.",
  one: "Of times that were missed the last is made up for.",
  all: "Times that were missed are all made up for, in order.",
};
const OVERLAP: Record<string, string> = {
  skip: "While one still runs, the next is skipped.",
  wait: "While one still runs, the next waits for it.",
};

function Scheduled({ schedule }: { schedule: Schedule }) {
  const words = cronWords(schedule.cron);
  return (
    <>
      <p>
        {words ?? <code>{schedule.cron}</code>}{" "}
        <span className="faint">
          {schedule.zone}
          {words !== null && (
            <>
              {" · "}
              <code className={styles.cron}>{schedule.cron}</code>
            </>
          )}
        </span>
      </p>
      <p className="quiet">
        {schedule.next_at && (
          <>
            Next <Ago at={schedule.next_at} />.{" "}
          </>
        )}
        {schedule.last_fired_at && (
          <>
            Last <Ago at={schedule.last_fired_at} />.{" "}
          </>
        )}
        {schedule.waiting && "Its time has come; it waits for the run before it. "}
        {[CATCH_UP[schedule.catch_up], OVERLAP[schedule.overlap]].filter(Boolean).join(" ")}
      </p>
    </>
  );
}

function retries(count: number): string {
  if (count === 0) return "none: one attempt";
  return `${count} for each step that fails: ${count + 1} attempts in all`;
}
