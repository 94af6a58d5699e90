// biome-ignore-all lint/a11y/useSemanticElements: only the lines that are seen are drawn, which the rows of a table do not allow
// biome-ignore-all lint/a11y/useFocusableInteractive: the timeline has the focus and says which of its lines is meant
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the keys are the timeline's
import { ChevronRight } from "lucide-react";
import { type CSSProperties, memo } from "react";
import { duration, relative } from "../../ui/duration";
import { money } from "../../ui/money";
import { StateGlyph, stateWord } from "../../ui/StateMark";
import { needsPerson, type Step } from "../step";
import { keySuffix, kindWord, tookWord } from "../words";
import { type Bar, barsOf, type Clock } from "./bars";
import styles from "./Line.module.css";
import { type Row, shownState } from "./rows";
import type { Scale } from "./scale";
import { inView, type View } from "./view";

type Props = {
  row: Row;
  id: string;
  index: number;
  top: number;
  height: number;
  scale: Scale;
  view: View;
  clock: Clock;
  selected: boolean;
  onSelect: (row: Row) => void;
  onToggle: (key: string) => void;
};

/** A step, or one of its attempts: what it is, what it cost, and when it was. Lines that stand still are drawn once. */
export const Line = memo(
  function Line({ row, id, index, top, height, scale, view, clock, selected, onSelect, onToggle }: Props) {
    const { step, attempt } = row;
    const place: CSSProperties = { transform: `translateY(${top}px)`, height };
    return (
      <div
        role="row"
        id={id}
        aria-rowindex={index + 2}
        aria-level={row.level}
        aria-selected={selected}
        aria-expanded={row.opens ? row.open : undefined}
        className={`${styles.line} ${selected ? styles.selected : ""}`}
        style={place}
        onClick={() => onSelect(row)}
      >
        <span role="gridcell" className={styles.name} style={{ paddingInlineStart: 4 + (row.level - 1) * 16 }}>
          {row.opens ? (
            <button
              type="button"
              tabIndex={-1}
              aria-hidden="true"
              className={`${styles.toggle} ${row.open ? styles.open : ""}`}
              onClick={(event) => {
                event.stopPropagation();
                onToggle(step.key);
              }}
            >
              <ChevronRight size={14} />
            </button>
          ) : (
            <span className={styles.noToggle} />
          )}
          {attempt === null ? <StepName step={step} over={clock.runEndedAt !== null} /> : <TryName row={row} />}
        </span>
        <span role="gridcell" className={styles.cost}>
          {attempt === null && step.cost !== null && <span className="number">{money(step.cost)}</span>}
        </span>
        <span role="gridcell" className={styles.time}>
          <span className={styles.track}>
            {attempt === null ? (
              <StepBars step={step} scale={scale} view={view} clock={clock} />
            ) : (
              <>
                <Piece
                  bar={{ from: attempt.at - (attempt.ms ?? 0), to: attempt.at, look: "failed", attempt: attempt.attempt }}
                  scale={scale}
                  view={view}
                />
                <Word at={attempt.at} from={attempt.at - (attempt.ms ?? 0)} scale={scale} view={view}>
                  {attempt.ms === null ? "failed" : tookWord(attempt.ms)}
                </Word>
              </>
            )}
          </span>
        </span>
      </div>
    );
  },
  (before, after) =>
    before.row.step === after.row.step &&
    before.row.open === after.row.open &&
    before.row.attempt === after.row.attempt &&
    before.row.level === after.row.level &&
    before.index === after.index &&
    before.top === after.top &&
    before.height === after.height &&
    before.selected === after.selected &&
    before.scale === after.scale &&
    before.view === after.view &&
    before.onSelect === after.onSelect &&
    before.onToggle === after.onToggle &&
    (before.clock === after.clock || after.row.step.endedAt !== null),
);

function StepName({ step, over }: { step: Step; over: boolean }) {
  const state = shownState(step, over);
  const kind = kindWord(step.kind);
  const tries = step.attempt > 1 ? (state === "retrying" ? `try ${step.attempt}` : `${step.attempt} tries`) : null;
  return (
    <>
      <StateGlyph state={state} />
      <span className="visually-hidden">{stateWord(state)}, </span>
      <span className={`${styles.word} ${state === "failed" ? styles.failedWord : ""}`} title={step.key} dir="auto">
        {step.name}
        <span className={styles.suffix}>{keySuffix(step)}</span>
      </span>
      {kind !== null && <span className={styles.kind}>{kind}</span>}
      {tries !== null && <span className={styles.tries}>{tries}</span>}
    </>
  );
}

function TryName({ row }: { row: Row }) {
  const { attempt } = row;
  if (attempt === null) return null;
  return (
    <>
      <StateGlyph state="failed" />
      <span className="visually-hidden">failed, </span>
      <span className={styles.tries}>try {attempt.attempt}</span>
      <span className={styles.reason} title={attempt.error?.message} dir="auto">
        {attempt.error?.message ?? attempt.error?.type}
      </span>
    </>
  );
}

function StepBars({ step, scale, view, clock }: { step: Step; scale: Scale; view: View; clock: Clock }) {
  const bars = barsOf(step, clock);
  const first = bars[0];
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <>
      {bars.map((bar, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces follow each other and none ever goes
        <Piece key={index} bar={bar} scale={scale} view={view} ends={bar.look === "running" || bar.look === "failed"} />
      ))}
      <Word at={last.to} from={first.from} scale={scale} view={view} look={last.look}>
        {wordOf(step, last, clock)}
      </Word>
    </>
  );
}

/** One piece of a bar. However short it was, it can be seen. */
function Piece({ bar, scale, view, ends = false }: { bar: Bar; scale: Scale; view: View; ends?: boolean }) {
  const from = inView(view, scale.at(bar.from));
  const to = inView(view, scale.at(bar.to));
  if (to < 0 || from > 1) return null;
  const left = Math.max(from, -0.01);
  const width = Math.min(to, 1.01) - left;
  return (
    <span
      className={`${styles.bar} ${styles[bar.look]} ${ends ? styles.ends : ""}`}
      style={{ left: `${left * 100}%`, width: `${Math.max(0, width) * 100}%` }}
    />
  );
}

const SHORT_WORD = 11;

/** What is said beside the bar. */
function Word({
  at,
  from,
  scale,
  view,
  look,
  children,
}: {
  at: number;
  from: number;
  scale: Scale;
  view: View;
  look?: Bar["look"];
  children: string;
}) {
  const end = inView(view, scale.at(at));
  const start = inView(view, scale.at(from));
  if (end < 0 || start > 1) return null;
  const tone =
    look === "needs" ? styles.needsWord : look === "running" ? styles.runningWord : look === "failed" ? styles.failedWord : "";
  // A short one has room behind every bar; a long one goes where there is some, or on top of what it is about.
  if (children.length <= SHORT_WORD || end <= 0.5)
    return (
      <span className={`${styles.label} ${tone}`} style={{ left: `${Math.min(1, Math.max(0, end)) * 100}%` }}>
        {children}
      </span>
    );
  if (start >= 0.45)
    return (
      <span className={`${styles.label} ${tone}`} style={{ right: `${(1 - Math.min(1, start)) * 100}%` }}>
        {children}
      </span>
    );
  return <span className={`${styles.label} ${styles.over} ${tone}`}>{children}</span>;
}

function wordOf(step: Step, last: Bar, { now, runEndedAt }: Clock): string {
  if (step.reused) return "cached · 0 ms";
  if (last.look === "stopped") return "stopped with the run";
  if (step.endedAt !== null) return tookWord(step.ms ?? step.endedAt - step.startedAt);
  if (runEndedAt !== null) return "";
  if (last.look === "running") return duration(Math.max(0, Math.floor((now - last.from) / 100) * 100));
  if (last.look === "pause") return `next try ${relative(new Date(step.due ?? now).toISOString(), now)}`;
  if (needsPerson(step))
    return step.due === null ? "needs you" : `needs you, expires ${relative(new Date(step.due).toISOString(), now)}`;
  if (step.due === null) return "waiting";
  const until = relative(new Date(step.due).toISOString(), now);
  return step.kind === "sleep" ? `sleeping, goes on ${until}` : `waiting, times out ${until}`;
}
