import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import styles from "./SplitPane.module.css";

const STEP = 2;
const LARGE_STEP = 10;

/**
 * Two panes side by side with a border between them that can be dragged, or moved by the arrow keys; where it stood is remembered in this
 * browser. On a narrow page the second pane stands below the first. Without a second one the first has all the room.
 */
export function SplitPane({
  name,
  label,
  first,
  second,
  share = 62,
  min = 30,
  max = 80,
}: {
  /** Under which the place of the border is remembered. */
  name: string;
  /** What the border is called: "Width of the timeline". */
  label: string;
  first: ReactNode;
  second: ReactNode | null;
  /** Percent of the width that the first pane has at first, and at least and at most. */
  share?: number;
  min?: number;
  max?: number;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const [percent, setPercent] = useState(() =>
    within(Number(localStorage.getItem(`flowforge.split:${name}`)) || share, min, max),
  );
  const place = (next: number) => {
    const chosen = within(next, min, max);
    setPercent(chosen);
    localStorage.setItem(`flowforge.split:${name}`, String(chosen));
  };
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = frame.current?.getBoundingClientRect();
    if (box !== undefined) place(((event.clientX - box.left) / box.width) * 100);
  };
  const key = (event: KeyboardEvent) => {
    const by = event.shiftKey ? LARGE_STEP : STEP;
    const next = { ArrowLeft: percent - by, ArrowRight: percent + by, Home: min, End: max, Enter: share }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    place(next);
  };
  return (
    <div
      ref={frame}
      className={styles.frame}
      data-split={second !== null || undefined}
      style={{ "--share": `${percent}%` } as CSSProperties}
    >
      <div className={styles.first}>{first}</div>
      {second !== null && (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a border that moves is no thematic break */}
          <div
            role="separator"
            tabIndex={0}
            aria-label={label}
            aria-orientation="vertical"
            aria-valuenow={Math.round(percent)}
            aria-valuemin={min}
            aria-valuemax={max}
            className={styles.border}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onDoubleClick={() => place(share)}
            onKeyDown={key}
          />
          <div className={styles.second}>{second}</div>
        </>
      )}
    </div>
  );
}

function within(value: number, min: number, max: number): number {
  return Math.round(Math.min(max, Math.max(min, value)) * 10) / 10;
}
