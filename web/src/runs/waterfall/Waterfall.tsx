// biome-ignore-all lint/a11y/useSemanticElements: only the lines that are seen are drawn, which the rows of a table do not allow
// biome-ignore-all lint/a11y/useFocusableInteractive: the timeline has the focus and says which of its lines is meant
import { type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useShortcuts } from "../../keys/shortcuts";
import { useLiveState } from "../../live/state";
import { isOver } from "../acts";
import type { Story } from "../run_story";
import { Axis, Grid } from "./Axis";
import { barsOf, busyOf, type Clock } from "./bars";
import { Lines, type LinesHandle } from "./Lines";
import { Minimap } from "./Minimap";
import { type Row, rowsOf, type Show } from "./rows";
import { Scale } from "./scale";
import { Toolbar } from "./Toolbar";
import { useTick } from "./useTick";
import { useWidth } from "./useWidth";
import { inView, moved, revealing, type View, WHOLE, zoomed } from "./view";
import styles from "./Waterfall.module.css";

const ROW_PIXELS = 30;
const NARROW_ROW_PIXELS = 52;
const NARROW_PIXELS = 440;
const MANY = 800;

type Props = {
  story: Story;
  /** The step that is open beside the timeline, and which of its attempts. */
  selected: string | null;
  attempt: number | null;
  onSelect: (step: string | null, attempt: number | null) => void;
  /** Enter: go on in the pane of the step. */
  onEnter: () => void;
  trueScale: boolean;
  show: Show;
  q: string;
  onChange: (next: { scale?: string; show?: string; q?: string }) => void;
};

/** A run as a timeline: each step a line, its attempts below it, waits folded so that what is short can be seen. */
export function Waterfall({ story, selected, attempt, onSelect, onEnter, trueScale, show, q, onChange }: Props) {
  const { run, steps } = story;
  const { paused } = useLiveState();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [view, setView] = useState<View>(WHOLE);
  const going = !isOver(run) && !paused;
  const now = useTick(going, run.state !== "running" || steps.length > MANY ? 1_000 : 200);
  const clock = useMemo((): Clock => {
    const last = steps.reduce((latest, step) => Math.max(latest, step.startedAt, step.endedAt ?? 0), 0);
    return { now: Math.max(now, last), runEndedAt: run.ended_at === null ? null : Date.parse(run.ended_at) };
  }, [now, run.ended_at, steps]);

  const from = Date.parse(run.started_at ?? run.created_at);
  const first = steps[0];
  const begin = first === undefined || first.reused ? from : Math.min(from, first.startedAt);
  const end = clock.runEndedAt ?? clock.now;
  const scale = useMemo(
    () => (trueScale ? Scale.even(begin, end) : Scale.folded(begin, end, busyOf(steps, clock))),
    [trueScale, begin, end, steps, clock],
  );
  const bars = useMemo(() => steps.flatMap((step) => barsOf(step, clock)), [steps, clock]);
  const rows = useMemo(() => rowsOf(steps, { show, q, open }), [steps, show, q, open]);

  const box = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const width = useWidth(axis);
  const narrow = useWidth(box) < NARROW_PIXELS;
  const height = narrow ? NARROW_ROW_PIXELS : ROW_PIXELS;
  const lines = useRef<LinesHandle>(null);

  const current = rows.findIndex((row) => row.step.key === selected && (row.attempt?.attempt ?? null) === attempt);
  const place = current >= 0 ? current : rows.findIndex((row) => row.step.key === selected);
  const reveal = useCallback(
    (index: number) => {
      const row = rows[index];
      if (row === undefined) return;
      lines.current?.scrollTo(index);
      const moments = row.attempt === null ? [row.step.startedAt, row.step.endedAt ?? end] : [row.attempt.at, row.attempt.at];
      setView((held) => revealing(held, scale.at(moments[0] ?? begin), scale.at(moments[1] ?? end)));
    },
    [rows, scale, begin, end],
  );
  const revealed = useRef<string | null>(null);
  useEffect(() => {
    if (selected === null || place < 0 || revealed.current === selected) return;
    revealed.current = selected;
    reveal(place);
  }, [selected, place, reveal]);

  const select = useCallback((row: Row) => onSelect(row.step.key, row.attempt?.attempt ?? null), [onSelect]);
  const toggle = useCallback(
    (key: string) =>
      setOpen((held) => {
        const next = new Set(held);
        if (!next.delete(key)) next.add(key);
        return next;
      }),
    [],
  );
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    revealed.current = row.step.key;
    select(row);
    reveal(rows.indexOf(row));
  };
  const key = (event: KeyboardEvent) => {
    const row = rows[place];
    const act = {
      ArrowDown: () => go(place + 1),
      ArrowUp: () => go(Math.max(0, place - 1)),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      PageDown: () => go(place + 10),
      PageUp: () => go(Math.max(0, place - 10)),
      ArrowRight: () => row?.opens && !row.open && toggle(row.step.key),
      ArrowLeft: () =>
        row !== undefined &&
        (row.attempt !== null ? go(rows.findIndex((one) => one.id === row.step.key)) : row.open && toggle(row.step.key)),
      Enter: () => place >= 0 && onEnter(),
    }[event.key];
    if (act === undefined || event.target !== box.current) return;
    event.preventDefault();
    act();
  };
  const tries = steps.filter((step) => step.failed.length > 0);
  const allOpen = tries.length > 0 && tries.every((step) => open.has(step.key));
  const fold = () => onChange({ scale: trueScale ? undefined : "true" });
  useShortcuts([
    { keys: "j", label: "Next step", group: "Timeline", run: () => go(place + 1) },
    { keys: "k", label: "Step before", group: "Timeline", run: () => go(Math.max(0, place - 1)) },
    { keys: "f", label: "True scale, or waits folded", group: "Timeline", run: fold },
    {
      keys: "+",
      label: "Larger",
      group: "Timeline",
      run: () => setView((held) => zoomed(held, 0.5, aroundOf(rows[place], scale, held))),
    },
    { keys: "-", label: "Smaller", group: "Timeline", run: () => setView((held) => zoomed(held, 2)) },
    { keys: "0", label: "All of the time", group: "Timeline", run: () => setView(WHOLE) },
    { keys: "h", label: "Earlier", group: "Timeline", run: () => setView((held) => moved(held, -0.3)) },
    { keys: "l", label: "Later", group: "Timeline", run: () => setView((held) => moved(held, 0.3)) },
  ]);

  const id = useId();
  const nowPlace = going ? scale.at(clock.now) : null;
  return (
    <section className={styles.timeline} aria-label="Timeline">
      <Toolbar
        show={show}
        q={q}
        trueScale={trueScale}
        folded={scale.foldedMs}
        steps={steps}
        shown={rows.filter((row) => row.attempt === null).length}
        tries={
          tries.length === 0
            ? null
            : { open: allOpen, toggle: () => setOpen(allOpen ? new Set() : new Set(tries.map((step) => step.key))) }
        }
        onFold={fold}
        onChange={onChange}
        onZoom={(factor) => setView((held) => (factor === 0 ? WHOLE : zoomed(held, factor)))}
      />
      <div
        ref={box}
        role="treegrid"
        aria-label="Steps"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={place >= 0 ? `${id}-${place}` : undefined}
        tabIndex={0}
        className={styles.box}
        onKeyDown={key}
      >
        <div role="rowgroup" className={styles.headGroup}>
          <div role="row" aria-rowindex={1} className={styles.head}>
            <span role="columnheader" className={styles.headName}>
              Step
            </span>
            <span role="columnheader" className={styles.headCost}>
              Cost
            </span>
            <span role="columnheader" className={styles.headTime}>
              <span className="visually-hidden">Time</span>
              <div ref={axis} className={styles.track}>
                <Minimap bars={bars} scale={scale} view={view} onView={setView} />
                <Axis scale={scale} view={view} width={width} now={nowPlace} />
              </div>
            </span>
          </div>
        </div>
        <Lines
          ref={lines}
          box={box}
          id={id}
          rows={rows}
          height={height}
          place={place}
          scale={scale}
          view={view}
          clock={clock}
          onSelect={select}
          onToggle={toggle}
        >
          {!narrow && <Grid scale={scale} view={view} width={width} now={nowPlace} />}
        </Lines>
        {rows.length === 0 && <p className={styles.none}>{noneWord(story, show, q)}</p>}
      </div>
    </section>
  );
}

/** What stays in its place when the picture grows: the step that is open, where it is seen, else the middle. */
function aroundOf(row: Row | undefined, scale: Scale, view: View): number | undefined {
  if (row === undefined) return undefined;
  const at = scale.at(row.step.startedAt);
  return inView(view, at) >= 0 && inView(view, at) <= 1 ? at : undefined;
}

function noneWord({ run, steps }: Story, show: Show, q: string): string {
  if (steps.length > 0)
    return q !== ""
      ? `No step has “${q}” in its name or error.`
      : show === "failed"
        ? "No step has failed."
        : "No step asked a model.";
  if (run.state === "queued") return "It has not begun.";
  return isOver(run)
    ? "It had no steps: what its function did is not kept apart."
    : "No step has ended yet. A step that takes its time shows itself after a moment.";
}
