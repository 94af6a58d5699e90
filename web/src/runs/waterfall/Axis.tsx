import { duration } from "../../ui/duration";
import styles from "./Axis.module.css";
import { type Scale, ticksOf } from "./scale";
import { tickWord } from "./tick_word";
import { inView, type View } from "./view";

const LABEL_PIXELS = 64;
const LETTER_PIXELS = 7;
const FINER = [1, 1.5, 2, 4];

/** The times above the bars, and the waits that are folded. */
export function Axis({ scale, view, width, now }: { scale: Scale; view: View; width: number; now: number | null }) {
  const folds = foldsIn(scale, view);
  const covered = (from: number, to: number) =>
    folds.some((fold) => from < inView(view, fold.end) * width && to > inView(view, fold.start) * width);
  const ticks = spread(scale, view, width).filter(({ place, ms }) => {
    const at = inView(view, place) * width;
    return !covered(at, at + tickWord(ms).length * LETTER_PIXELS);
  });
  return (
    <div className={styles.axis} aria-hidden="true">
      {ticks.map(({ place, ms }) => (
        <span key={ms} className={styles.tick} style={{ left: `${inView(view, place) * 100}%` }}>
          {tickWord(ms)}
        </span>
      ))}
      {folds.map((fold) => {
        const from = inView(view, fold.start);
        const to = inView(view, fold.end);
        return (
          <span
            key={fold.from}
            className={styles.fold}
            title={`${duration(fold.to - fold.from)} in which nothing worked`}
            style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
          >
            {(to - from) * width > 40 ? `⟪${shortWait(fold.to - fold.from)}⟫` : "⟪⟫"}
          </span>
        );
      })}
      {now !== null && inView(view, now) <= 1 && inView(view, now) >= 0 && (
        <span className={styles.now} style={{ left: `${inView(view, now) * 100}%` }}>
          now
        </span>
      )}
    </div>
  );
}

/** The lines and the folded stretches behind all rows. */
export function Grid({ scale, view, width, now }: { scale: Scale; view: View; width: number; now: number | null }) {
  return (
    <div className={styles.grid} aria-hidden="true">
      {spread(scale, view, width).map(({ place, ms }) => (
        <span key={ms} className={styles.line} style={{ left: `${inView(view, place) * 100}%` }} />
      ))}
      {foldsIn(scale, view).map((fold) => (
        <span
          key={fold.from}
          className={styles.band}
          style={{
            left: `${inView(view, fold.start) * 100}%`,
            width: `${(inView(view, fold.end) - inView(view, fold.start)) * 100}%`,
          }}
        />
      ))}
      {now !== null && inView(view, now) <= 1 && inView(view, now) >= 0 && (
        <span className={styles.nowLine} style={{ left: `${inView(view, now) * 100}%` }} />
      )}
    </div>
  );
}

/** Ticks that have room for their words. A single one says no scale: then there are finer ones. */
function spread(scale: Scale, view: View, width: number) {
  if (width === 0) return [];
  const wanted = Math.max(2, width / 96);
  const ways = FINER.map((times) => fitting(scale, view, width, wanted * times));
  return ways.find((ticks) => ticks.length > 1) ?? ways[0] ?? [];
}

function fitting(scale: Scale, view: View, width: number, wanted: number) {
  let reached = -LABEL_PIXELS;
  return ticksOf(scale, view, wanted).filter(({ place }) => {
    const at = inView(view, place) * width;
    if (at < reached + LABEL_PIXELS || at > width - 24 || at < 0) return false;
    reached = at;
    return true;
  });
}

function foldsIn(scale: Scale, view: View) {
  return scale.folds.filter((fold) => fold.end > view.start && fold.start < view.end);
}

function shortWait(ms: number): string {
  return duration(ms).split(" ").slice(0, 2).join(" ");
}
