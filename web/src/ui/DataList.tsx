// biome-ignore-all lint/a11y/useSemanticElements: the rows of a real table cannot be placed one by one, and only those that are seen are drawn
// biome-ignore-all lint/a11y/useFocusableInteractive: what has the focus is the link or the button in a row
import { Link, type LinkProps } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import styles from "./DataList.module.css";
import { Failure } from "./Failure";
import { Skeleton } from "./Skeleton";
import type { Pages } from "./usePages";

export type Column<T> = {
  name: string;
  head: string;
  /** The head is for who hears the list: what stands below it is plain to see. */
  headHidden?: boolean;
  /** A track of a CSS grid: "120px", "minmax(0, 2fr)". */
  width: string;
  align?: "end";
  cell: (row: T) => ReactNode;
  /** The column that carries the row's link. */
  main?: boolean;
  /** Left out where the list is narrow and its rows are cards. */
  wideOnly?: boolean;
  /** A line of its own there. */
  ownLine?: boolean;
};

type Props<T> = {
  /** What the rows are, for screen readers and the list of keys: "Runs". */
  label: string;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  /** Where a row leads to, if it does. Enter and a click go there. */
  rowLink?: (row: T) => LinkProps | undefined;
  /** Instead of a link: what opening a row does. */
  onOpen?: (row: T) => void;
  /** Shown as the one that is open beside the list. */
  isCurrent?: (row: T) => boolean;
  empty: ReactNode;
  selected?: ReadonlySet<string>;
  /** With it rows can be chosen, by their box and by x. */
  onSelect?: (selected: ReadonlySet<string>) => void;
} & Pick<Pages<T>, "rows" | "failure" | "retry" | "hasMore" | "loadingMore" | "more">;

const ROW_PIXELS = 40;
const OVERSCAN = 12;
const MORE_BEFORE_END = 20;

/**
 * A list of any length: only what is seen is drawn, the next page is fetched before the end is reached, and what comes in above never moves
 * what is being read. j and k go up and down, Enter opens, x chooses.
 */
export function DataList<T>(props: Props<T>) {
  const { rows, failure, retry, empty, label } = props;
  if (rows === undefined)
    return failure ? <Failure reason={failure} retry={retry} /> : <Skeleton lines={8} label={`Loading ${label.toLowerCase()}`} />;
  if (rows.length === 0) return empty;
  return <Rows {...props} rows={rows} />;
}

function Rows<T>({
  label,
  rows,
  columns,
  rowKey,
  rowLink,
  onOpen,
  isCurrent,
  selected,
  onSelect,
  failure,
  retry,
  hasMore,
  loadingMore,
  more,
}: Props<T> & { rows: T[] }) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const scroller = useScroller(list);
  useLayoutEffect(() => {
    if (list.current && scroller)
      setTop(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
  }, [scroller]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => rowKey(rows[index] as T),
    scrollMargin: top,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !loadingMore && last >= rows.length - MORE_BEFORE_END) more();
  }, [hasMore, loadingMore, last, rows.length, more]);

  useAnchor(
    scroller,
    top,
    items.find((item) => item.end > (scroller?.scrollTop ?? 0)),
    (key) => {
      const index = rows.findIndex((row) => rowKey(row) === key);
      return index < 0 ? undefined : virtual.getOffsetForIndex(index, "start")?.[0];
    },
  );

  const focused = () => {
    const row = document.activeElement?.closest<HTMLElement>("[data-row]");
    return row && list.current?.contains(row) ? Number(row.dataset.row) : -1;
  };
  const focus = (index: number) => {
    if (index < 0 || index >= rows.length) return;
    virtual.scrollToIndex(index, { align: "auto" });
    const place = () => {
      const opener = list.current?.querySelector<HTMLElement>(`[data-row="${index}"] [data-open]`);
      opener?.focus({ preventScroll: true });
      return opener != null;
    };
    // A row that is not drawn yet is drawn after the scrolling. One that is has the focus at once, for who holds the key down.
    if (!place()) requestAnimationFrame(() => requestAnimationFrame(place));
  };
  const toggle = (key: string) => {
    if (onSelect === undefined || selected === undefined) return;
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  };
  useShortcuts([
    { keys: "j", label: "Next row", group: label, run: () => focus(focused() + 1) },
    { keys: "k", label: "Row before", group: label, run: () => focus(Math.max(focused() - 1, 0)) },
    ...(onSelect === undefined
      ? []
      : [
          { keys: "x", label: "Choose the row", group: label, run: () => focused() >= 0 && toggle(rowKey(rows[focused()] as T)) },
        ]),
  ]);

  const tracks = [...(onSelect ? ["28px"] : []), ...columns.map((column) => column.width)].join(" ");
  return (
    <div className={styles.frame}>
      <div
        ref={list}
        role="table"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className={styles.list}
        style={{ "--tracks": tracks } as CSSProperties}
      >
        <div role="rowgroup" className={styles.headGroup}>
          <div role="row" aria-rowindex={1} className={`${styles.row} ${styles.head}`}>
            {onSelect && (
              <span role="columnheader">
                <span className="visually-hidden">Chosen</span>
              </span>
            )}
            {columns.map((column) => (
              <span key={column.name} role="columnheader" className={column.align === "end" ? styles.end : undefined}>
                {column.headHidden ? <span className="visually-hidden">{column.head}</span> : column.head}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] as T;
            const key = rowKey(row);
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                data-row={item.index}
                role="row"
                aria-rowindex={item.index + 2}
                aria-current={isCurrent?.(row) || undefined}
                className={`${styles.row} ${styles.data} ${rowLink || onOpen ? styles.opens : ""}`}
                style={{ transform: `translateY(${item.start - top}px)` }}
              >
                {onSelect && (
                  <span role="cell" className={styles.choice}>
                    <input
                      type="checkbox"
                      checked={selected?.has(key) ?? false}
                      aria-label={`Choose ${key}`}
                      onChange={() => toggle(key)}
                    />
                  </span>
                )}
                {columns.map((column) => (
                  <span
                    key={column.name}
                    role="cell"
                    className={[
                      styles.cell,
                      column.align === "end" && styles.end,
                      column.wideOnly && styles.wideOnly,
                      column.ownLine && styles.ownLine,
                      column.main && styles.main,
                    ]
                      .filter(Boolean)
                      .join(" ")}
                  >
                    {column.main ? (
                      <Opener row={row} link={rowLink?.(row)} onOpen={onOpen}>
                        {column.cell(row)}
                      </Opener>
                    ) : (
                      column.cell(row)
                    )}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {failure ? <Failure reason={failure} retry={retry} /> : loadingMore && <Skeleton lines={2} label="Loading more" />}
    </div>
  );
}

/** What the column's head says, where rows are cards and stand below no head. */
export function OnCard({ children }: { children: ReactNode }) {
  return <span className={styles.onCard}>{children}</span>;
}

/** The link or button that covers the whole row. */
function Opener<T>({
  row,
  link,
  onOpen,
  children,
}: {
  row: T;
  link?: LinkProps;
  onOpen?: (row: T) => void;
  children: ReactNode;
}) {
  if (link !== undefined) {
    return (
      <Link {...link} className={styles.opener} data-open>
        {children}
      </Link>
    );
  }
  if (onOpen === undefined) return children;
  return (
    <button type="button" className={styles.opener} data-open onClick={() => onOpen(row)}>
      {children}
    </button>
  );
}

/** The nearest ancestor that scrolls: the page, or a pane of it. */
function useScroller(inside: { current: HTMLElement | null }): HTMLElement | null {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    let element = inside.current?.parentElement ?? null;
    while (element !== null && !/auto|scroll/.test(getComputedStyle(element).overflowY)) element = element.parentElement;
    setScroller(element);
  }, [inside]);
  return scroller;
}

/** Keep the row that is being read where it is when rows come in above it. At the very top new rows are seen at once. */
function useAnchor(
  scroller: HTMLElement | null,
  top: number,
  first: { key: React.Key; start: number } | undefined,
  offsetOf: (key: string) => number | undefined,
): void {
  const held = useRef<{ key: string; start: number } | null>(null);
  useLayoutEffect(() => {
    const before = held.current;
    const reading = scroller !== null && scroller.scrollTop > top + ROW_PIXELS;
    if (before !== null && reading) {
      const now = offsetOf(before.key);
      if (now !== undefined && Math.abs(now - before.start) > 1 && before.key !== String(first?.key))
        scroller.scrollTop += now - before.start;
    }
    held.current = first === undefined ? null : { key: String(first.key), start: first.start };
  });
}
