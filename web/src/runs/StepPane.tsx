import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw, X } from "lucide-react";
import { type ReactNode, type Ref, useState } from "react";
import type { Schema } from "../api/client";
import type { LiveTranscript } from "../live/useTranscript";
import { absolute } from "../ui/Ago";
import { Button, IconButton } from "../ui/Button";
import { duration, relative } from "../ui/duration";
import { Json } from "../ui/Json";
import { Money } from "../ui/Money";
import { useNow } from "../ui/now";
import { CopyButton } from "../ui/Snippet";
import { StateMark } from "../ui/StateMark";
import { isOver } from "./acts";
import { ErrorView } from "./ErrorView";
import type { Run } from "./list_filter";
import { Messages } from "./Messages";
import { answered, asked } from "./messages";
import { approvalsOf } from "./queries";
import styles from "./StepPane.module.css";
import type { Attempt, Step } from "./step";
import { shownState } from "./waterfall/rows";
import { kindWord, tookWord } from "./words";

type Props = {
  step: Step;
  /** The attempt that is meant, where it is one of those that failed. */
  attempt: number | null;
  run: Run;
  live: LiveTranscript;
  /** Null where it cannot be replayed: the run goes on, or the reader may not. */
  onReplay: (() => void) | null;
  onClose: () => void;
  headRef: Ref<HTMLHeadingElement>;
};

/** All there is to know of a step: what went in, what came out, what was said, what it cost, what failed before it. */
export function StepPane({ step, attempt, run, live, onReplay, onClose, headRef }: Props) {
  const row = step.row;
  const runOver = isOver(run);
  const asks = asked(row?.input);
  const answers = step.kind === "ai" ? answered(row?.output) : [];
  const spoken = live.transcript.entries.filter((entry) => entry.kind !== "event" && entry.step === step.key);
  const isModel = step.kind === "ai" && (asks.length > 0 || answers.length > 0 || spoken.length > 0);
  const output = row?.output;
  return (
    <section className={styles.pane} aria-label={`Step ${step.name}`}>
      <header className={styles.head}>
        <h2 ref={headRef} tabIndex={-1} className={styles.title} dir="auto">
          {step.name}
        </h2>
        {kindWord(step.kind) !== null && <span className="faint">{kindWord(step.kind)}</span>}
        <span className={styles.gap} />
        <IconButton size="small" label="Close the step" icon={<X size={16} />} onClick={onClose} />
      </header>
      <Facts step={step} runOver={runOver} />
      <div className={styles.acts}>
        {onReplay !== null && (
          <Button size="small" icon={<RotateCcw size={14} />} onClick={onReplay}>
            Replay from here
          </Button>
        )}
        {step.child !== null && (
          <Link to="/runs/$id" params={{ id: step.child }} className={styles.link}>
            Open the run that it began
          </Link>
        )}
        {step.kind === "approve" && <Decide run={run.id} step={step} />}
        {step.kind === "question" && run.task !== null && step.endedAt === null && (
          <Link to="/board/$key" params={{ key: run.task }} className={styles.link}>
            Answer on {run.task}
          </Link>
        )}
      </div>
      {step.error !== null && step.state === "failed" && (
        <Part title="Error">
          <ErrorView error={step.error} />
        </Part>
      )}
      {step.failed.length > 0 && <Attempts step={step} current={attempt} />}
      {isModel ? (
        <>
          <Part title="Messages" count={asks.length + answers.length}>
            <Messages asks={asks} answers={answers} live={answers.length > 0 ? [] : spoken} />
          </Part>
          {row !== null && (
            <>
              {row.input !== null && (
                <Part title="Input" closed>
                  <Json value={row.input} label="Input" />
                </Part>
              )}
              {step.state === "completed" && (
                <Part title="Output" closed>
                  <Json value={row.output} label="Output" />
                </Part>
              )}
            </>
          )}
        </>
      ) : (
        <>
          {row !== null && row.input !== null && (
            <Part title="Input">
              <Json value={row.input} label="Input" />
            </Part>
          )}
          {step.state === "completed" && row !== null && (
            <Part title="Output">
              {output === null ? <p className="quiet">It gave nothing back.</p> : <Json value={output} label="Output" />}
            </Part>
          )}
        </>
      )}
      {(row === null || row.input === null) && step.state === "running" && (
        <p className="quiet">What went in is stored with what comes out: it is shown once the step has ended.</p>
      )}
      <dl className={styles.small}>
        <dt>Key</dt>
        <dd className="mono">
          {step.key} <CopyButton text={step.key} label="Copy the step's key" />
        </dd>
        {step.parent !== null && (
          <>
            <dt>Part of</dt>
            <dd className="mono">{step.parent}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** The approval that the step asked for. It is the approval's page on which it is decided: with all that a decision needs. */
function Decide({ run, step }: { run: string; step: Step }) {
  const open = step.endedAt === null;
  const { data } = useQuery({ ...approvalsOf(run), enabled: open && step.approval === null });
  const id = step.approval ?? askedBy(step, data ?? [])?.id;
  if (id === undefined) return null;
  return (
    <Link to="/approvals/$id" params={{ id }} className={open ? styles.decide : styles.link}>
      {open ? "Decide" : "Open the approval"}
    </Link>
  );
}

/** An approval does not name its step: it is the one of the same tool, and of the same arguments where there are several. */
function askedBy(step: Step, pending: readonly Schema<"ApprovalOut">[]): Schema<"ApprovalOut"> | undefined {
  const input = (step.row?.input ?? {}) as { tool?: unknown; arguments?: unknown };
  const same = pending.filter((one) => one.tool === input.tool);
  return same.find((one) => JSON.stringify(one.arguments) === JSON.stringify(input.arguments)) ?? same[0];
}

function Facts({ step, runOver }: { step: Step; runOver: boolean }) {
  const state = shownState(step, runOver);
  return (
    <dl className={styles.facts}>
      <Fact name="State">
        <StateMark
          state={state}
          word={step.reused ? "cached · 0 ms" : undefined}
          detail={step.attempt > 1 ? `try ${step.attempt}` : undefined}
        />
      </Fact>
      <Fact name={step.endedAt === null ? "For" : "Took"}>
        <Took step={step} runOver={runOver} />
      </Fact>
      {step.due !== null && step.endedAt === null && !runOver && (
        <Fact name={step.failed.length > 0 ? "Next try" : step.kind === "sleep" ? "Goes on" : "Times out"}>
          <Due at={step.due} />
        </Fact>
      )}
      {step.cost !== null && (
        <Fact name="Cost">
          <Money amount={step.cost} />
        </Fact>
      )}
      {step.model !== null && (
        <Fact name="Model">
          <span className="mono">{step.model}</span>
        </Fact>
      )}
      {step.inputTokens !== null && (
        <Fact name="Tokens">
          <span className="number">
            {step.inputTokens.toLocaleString()} in · {(step.outputTokens ?? 0).toLocaleString()} out
          </span>
        </Fact>
      )}
      <Fact name="Began">
        <span className="number">{absolute(new Date(step.startedAt).toISOString())}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Took({ step, runOver }: { step: Step; runOver: boolean }) {
  if (step.reused) return <span className="number">0 ms, taken over</span>;
  if (step.endedAt !== null) return <span className="number">{tookWord(step.ms ?? step.endedAt - step.startedAt)}</span>;
  return runOver ? <span>stopped with the run</span> : <Since from={step.startedAt} />;
}

function Since({ from }: { from: number }) {
  const now = useNow();
  return <span className="number">{duration(Math.max(0, Math.floor((now - from) / 1_000) * 1_000))}</span>;
}

function Due({ at }: { at: number }) {
  const now = useNow();
  const moment = new Date(at).toISOString();
  return (
    <span className="number" title={absolute(moment)}>
      {relative(moment, now)}
    </span>
  );
}

function Attempts({ step, current }: { step: Step; current: number | null }) {
  return (
    <Part title="Tries that failed" count={step.failed.length} key={current}>
      <ol className={styles.attempts}>
        {step.failed.map((one) => (
          <li
            key={one.attempt}
            className={one.attempt === current ? styles.current : undefined}
            aria-current={one.attempt === current || undefined}
          >
            <p className={styles.attemptHead}>
              <strong>Try {one.attempt}</strong>
              <span className="faint number">{took(one)}</span>
            </p>
            {one.error !== null && <ErrorView error={one.error} />}
          </li>
        ))}
      </ol>
    </Part>
  );
}

function took({ at, ms }: Attempt): string {
  const when = at === 0 ? "" : absolute(new Date(at).toISOString());
  return [ms === null ? "" : `after ${tookWord(ms)}`, when].filter(Boolean).join(" · ");
}

/** A part of the pane that can be closed, and is when it is long and seldom read. */
function Part({
  title,
  count,
  closed = false,
  children,
}: {
  title: string;
  count?: number;
  closed?: boolean;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(!closed);
  return (
    <details className={styles.part} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>
        <h3>{title}</h3>
        {count !== undefined && count > 0 && <span className="faint number">{count}</span>}
      </summary>
      {open && <div className={styles.inside}>{children}</div>}
    </details>
  );
}
