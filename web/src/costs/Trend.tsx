import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { money } from "../ui/money";
import { calls } from "./count";
import { dayAfter } from "./period";
import styles from "./Trend.module.css";
import { TrendTable } from "./TrendTable";
import { type Spell, scaleTop, type Week } from "./trend";

const DAYS = 7;
/** Between two weeks, in widths of a day. */
const GAP = 0.6;
const BAR = 0.76;
const HEIGHT = 100;
const LEAST = 1.2;
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const WEEK = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * What each day cost, week by week. It is one control: the mouse or the arrow keys go from day to day and read each of them out, Enter looks
 * at the day alone. The days that the page is about are darker, today glows: it is not over.
 */
export function Trend({
  weeks,
  today,
  chosen,
  within,
}: {
  weeks: readonly Week[];
  today: string;
  chosen: { first: string; last: string };
  /** What the page of costs is narrowed to when a day is opened there from another page: `{ agent: "atlas" }`. */
  within?: Record<string, string>;
}) {
  const navigate = useNavigate();
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const days = weeks.flatMap((week) => week.days);
  const top = scaleTop(days);
  const width = weeks.length * DAYS + (weeks.length - 1) * GAP;
  const shown = at === null ? null : (days[Math.min(at, days.length - 1)] ?? null);

  const point = (event: PointerEvent) => {
    const edges = box.current?.getBoundingClientRect();
    if (edges === undefined || edges.width === 0) return;
    const x = ((event.clientX - edges.left) / edges.width) * width;
    const week = Math.floor(x / (DAYS + GAP));
    const day = Math.min(Math.floor(x - week * (DAYS + GAP)), DAYS - 1);
    setAt(Math.max(0, Math.min(week * DAYS + day, days.length - 1)));
  };
  const go = (day: Spell) => void navigate({ to: "/costs", search: (held) => ({ ...(within ?? held), ...lookingAt(day) }) });
  const press = (event: KeyboardEvent) => {
    const here = at ?? days.length - 1;
    if (event.key === "Enter" && shown !== null) return go(shown);
    const to = MOVES[event.key]?.(here, days.length);
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(to, days.length - 1)));
  };

  return (
    <section className={styles.trend} aria-label="Trend">
      <div className={styles.head}>
        <h2 className={styles.title}>By day, the last {weeks.length} weeks</h2>
        <p className={`${styles.readout} number`}>
          {shown === null ? <span className="faint">UTC days</span> : <Readout spell={shown} />}
        </p>
      </div>
      <div
        ref={box}
        className={styles.plot}
        tabIndex={0}
        role="slider"
        aria-label="Day"
        aria-valuemin={0}
        aria-valuemax={days.length - 1}
        aria-valuenow={at ?? days.length - 1}
        aria-valuetext={said(shown ?? (days.at(-1) as Spell))}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => document.activeElement !== box.current && setAt(null)}
        onClick={() => shown !== null && go(shown)}
        onFocus={() => setAt((held) => held ?? days.length - 1)}
        onBlur={() => setAt(null)}
        onKeyDown={press}
      >
        <span className={`${styles.mark} number`}>{money(top)}</span>
        <span className={`${styles.mark} ${styles.half} number`}>{money(top / 2)}</span>
        <svg className={styles.bars} viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {[0.5, HEIGHT / 2, HEIGHT - 0.25].map((y) => (
            <line key={y} x1={0} x2={width} y1={y} y2={y} className={styles.line} vectorEffect="non-scaling-stroke" />
          ))}
          {days.map((day, index) => {
            const x = index + Math.floor(index / DAYS) * GAP;
            const height = day.cost === null || day.cost === "0" ? 0 : Math.max((Number(day.cost) / top) * HEIGHT, LEAST);
            const tone = day.begin === today ? styles.today : inside(day, chosen) ? styles.inside : styles.outside;
            return (
              <g key={day.begin}>
                {day === shown && <rect x={x} y={0} width={1} height={HEIGHT} className={styles.cursor} />}
                <rect
                  x={x + (1 - BAR) / 2}
                  y={HEIGHT - height}
                  width={BAR}
                  height={height}
                  className={`${styles.bar} ${tone} ${day === shown ? styles.read : ""}`}
                />
              </g>
            );
          })}
        </svg>
      </div>
      <div className={styles.weeks} style={{ columnGap: `${(GAP / width) * 100}%` }} aria-hidden="true">
        {weeks.map((week, index) => (
          <span key={week.begin} className={styles.week}>
            <span className={styles.when}>{index === weeks.length - 1 ? "this week" : WEEK.format(new Date(week.begin))}</span>
            <span className={`${styles.cost} number`}>{week.cost === "0" ? "–" : money(week.cost)}</span>
          </span>
        ))}
      </div>
      <TrendTable weeks={weeks} />
    </section>
  );
}

function Readout({ spell }: { spell: Spell }) {
  return (
    <>
      {DAY.format(new Date(spell.begin))} ·{" "}
      <strong title={spell.cost === null ? undefined : `$${spell.cost}`}>{money(spell.cost)}</strong> · {calls(spell.calls)}
      {spell.unpriced > 0 && `, ${spell.unpriced} of them without a price`}
    </>
  );
}

function said(spell: Spell): string {
  const unpriced = spell.unpriced > 0 ? `, ${spell.unpriced} of them without a price` : "";
  return `${DAY.format(new Date(spell.begin))}: ${money(spell.cost)}, ${calls(spell.calls)}${unpriced}`;
}

function lookingAt(day: Spell): { since: string; until: string } {
  return { since: day.begin, until: dayAfter(day.begin, 1) };
}

function inside(day: Spell, { first, last }: { first: string; last: string }): boolean {
  return first <= day.begin && day.begin <= last;
}

const MOVES: Record<string, (at: number, count: number) => number> = {
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at + 1,
  PageDown: (at) => at - DAYS,
  PageUp: (at) => at + DAYS,
  Home: () => 0,
  End: (_, count) => count - 1,
};
