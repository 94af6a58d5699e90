// biome-ignore-all lint/a11y/useSemanticElements: only the lines that are seen are drawn, which the rows of a table do not allow
// biome-ignore-all lint/a11y/useFocusableInteractive: the timeline has the focus and says which of its lines is meant
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useImperativeHandle } from "react";
import type { Clock } from "./bars";
import { Line } from "./Line";
import styles from "./Lines.module.css";
import type { Row } from "./rows";
import type { Scale } from "./scale";
import type { View } from "./view";

/** What whoever shows the lines can ask of them. */
export type LinesHandle = { scrollTo: (index: number) => void };

type Props = {
  ref: RefObject<LinesHandle | null>;
  box: RefObject<HTMLElement | null>;
  id: string;
  rows: readonly Row[];
  height: number;
  /** Of `rows`, the one that is open beside them. */
  place: number;
  scale: Scale;
  view: View;
  clock: Clock;
  onSelect: (row: Row) => void;
  onToggle: (key: string) => void;
  /** What is drawn behind them. */
  children: ReactNode;
};

/** The lines that are seen, of however many there are. Scrolling draws nothing but these. */
export function Lines({ ref, box, id, rows, height, place, scale, view, clock, onSelect, onToggle, children }: Props) {
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for again when they change
  useEffect(() => virtual.measure(), [height]);
  useImperativeHandle(ref, () => ({ scrollTo: (index) => virtual.scrollToIndex(index, { align: "auto" }) }), [virtual]);
  return (
    <div role="rowgroup" className={styles.lines} style={{ height: virtual.getTotalSize() }}>
      {children}
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return (
          row !== undefined && (
            <Line
              key={item.key}
              row={row}
              id={`${id}-${item.index}`}
              index={item.index}
              top={item.start}
              height={height}
              scale={scale}
              view={view}
              clock={clock}
              selected={item.index === place}
              onSelect={onSelect}
              onToggle={onToggle}
            />
          )
        );
      })}
    </div>
  );
}
