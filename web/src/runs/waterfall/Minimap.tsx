import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from "react";
import type { Bar } from "./bars";
import { slicesOf } from "./density";
import styles from "./Minimap.module.css";
import type { Scale } from "./scale";
import { fitted, isWhole, moved, type View, zoomed } from "./view";

const SLICES = 160;
const EDGE_PIXELS = 8;

/** The whole run in one line, and the part of it that is shown below: to be dragged, and to be made larger and smaller by its edges. */
export function Minimap({
  bars,
  scale,
  view,
  onView,
}: {
  bars: readonly Bar[];
  scale: Scale;
  view: View;
  onView: (view: View) => void;
}) {
  const track = useRef<HTMLDivElement>(null);
  const slices = useMemo(() => slicesOf(bars, scale, SLICES), [bars, scale]);
  const drag = useRef<{ kind: "move" | "start" | "end"; from: number; view: View } | null>(null);

  const placeOf = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    return box === undefined ? { place: 0, width: 1 } : { place: (event.clientX - box.left) / box.width, width: box.width };
  };
  const begin = (event: PointerEvent<HTMLDivElement>) => {
    const { place, width } = placeOf(event);
    const edge = EDGE_PIXELS / width;
    const near = (side: number) => Math.abs(place - side) < edge;
    const kind = near(view.end) ? "end" : near(view.start) ? "start" : "move";
    const size = view.end - view.start;
    const outside = place < view.start - edge || place > view.end + edge;
    const from = outside ? fitted({ start: place - size / 2, end: place + size / 2 }) : view;
    if (outside) onView(from);
    drag.current = { kind, from: place, view: from };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const go = (event: PointerEvent) => {
    const held = drag.current;
    if (held === null) return;
    const by = placeOf(event).place - held.from;
    const { start, end } = held.view;
    if (held.kind === "move") onView(fitted({ start: start + by, end: end + by }));
    else if (held.kind === "start") onView(fitted({ start: Math.max(0, Math.min(start + by, end - 0.01)), end }));
    else onView(fitted({ start, end: Math.min(1, Math.max(end + by, start + 0.01)) }));
  };
  const key = (event: KeyboardEvent) => {
    const next = {
      ArrowLeft: moved(view, -0.25),
      ArrowRight: moved(view, 0.25),
      Home: moved(view, -1_000),
      End: moved(view, 1_000),
    }[event.key];
    const size = { ArrowUp: zoomed(view, 0.5), ArrowDown: zoomed(view, 2) }[event.key];
    const chosen = next ?? size;
    if (chosen === undefined) return;
    event.preventDefault();
    onView(chosen);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what the mouse does here, the slider in it does by keys
    <div
      ref={track}
      className={styles.track}
      onPointerDown={begin}
      onPointerMove={go}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onDoubleClick={() => onView({ start: 0, end: 1 })}
    >
      <div className={styles.slices} aria-hidden="true">
        {slices.map((slice, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a slice is its place
            key={index}
            className={`${styles.slice} ${styles[slice.look]}`}
            style={{ height: `${slice.height * 100}%` }}
          />
        ))}
      </div>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Part of the time that is shown"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(view.start * 100)}
        aria-valuetext={
          isWhole(view) ? "all of it" : `from ${Math.round(view.start * 100)} to ${Math.round(view.end * 100)} percent`
        }
        className={`${styles.window} ${isWhole(view) ? styles.whole : ""}`}
        style={{ left: `${view.start * 100}%`, width: `${(view.end - view.start) * 100}%` }}
        onKeyDown={key}
      />
    </div>
  );
}
