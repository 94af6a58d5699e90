import { dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { may } from "../session";
import { Chip } from "../ui/Chip";
import { Kbd } from "../ui/Kbd";
import type { BoardFilter } from "./board_filter";
import { CardView } from "./CardView";
import styles from "./ColumnView.module.css";
import type { Card, Column } from "./card";
import { type HandStore, useHand } from "./hand";
import { OlderCards } from "./OlderCards";
import { QuickAdd } from "./QuickAdd";
import { useSteadyScroll } from "./useSteadyScroll";

type Props = {
  board: string;
  column: Column;
  /** The key that moves a card here, from 1. */
  number: number;
  cards: readonly Card[];
  filter: BoardFilter;
  store: HandStore;
  onMenu: (key: string, anchor: Element) => void;
};

const CARD_PIXELS = 104;
const GAP_PIXELS = 10;
const OVERSCAN = 4;

/** A column: its name, how many cards stand in it of how many that may, and the cards of which only those in sight are drawn. */
export const ColumnView = memo(function ColumnView({ board, column, number, cards, filter, store, onMenu }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const done = column.category === "done";
  const over = useHand(store, (hand) => hand.over?.column === column.name && (done || hand.over.key === null));
  const keep = useKept(cards, store);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => list.current,
    estimateSize: () => CARD_PIXELS,
    getItemKey: (index) => cards[index]?.key ?? index,
    gap: GAP_PIXELS,
    overscan: OVERSCAN,
    paddingStart: 2,
    paddingEnd: 6,
    rangeExtractor: useCallback((range: Range) => withKept(range, keep), [keep]),
    useFlushSync: false,
  });
  useSteadyScroll(list, virtual, cards);

  useEffect(() => {
    const element = list.current?.parentElement;
    if (!element || !may("tasks:write")) return;
    return dropTargetForElements({
      element,
      canDrop: ({ source }) => source.data.card !== undefined,
      getData: () => ({ column: column.name }),
    });
  }, [column.name]);

  return (
    <section className={`${styles.column} ${over ? styles.over : ""}`} aria-labelledby={`column-${column.id}`}>
      <Head column={column} number={number} shown={cards.length} filtered={isNarrow(filter)} />
      <div ref={list} className={styles.list}>
        <ol className={styles.cards} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const card = cards[item.index];
            if (card === undefined) return null;
            return (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={styles.place}
                style={{ transform: `translateY(${item.start}px)` }}
                aria-setsize={cards.length}
                aria-posinset={item.index + 1}
              >
                <CardView card={card} store={store} done={done} onMenu={onMenu} />
              </li>
            );
          })}
        </ol>
        {done && <OlderCards board={board} column={column} filter={filter} shown={cards.length} />}
      </div>
      {may("tasks:write") && <QuickAdd board={board} column={column.name} store={store} />}
    </section>
  );
});

function Head({ column, number, shown, filtered }: { column: Column; number: number; shown: number; filtered: boolean }) {
  const { wip_limit: limit, name, count } = column;
  const over = limit === null ? 0 : count - limit;
  return (
    <header className={styles.head}>
      <h2 id={`column-${column.id}`} className={`${styles.name} truncate`} title={name}>
        {name}
      </h2>
      <span className={`${styles.count} number`}>
        {filtered ? `${shown} of ${count}` : count}
        {limit !== null && !filtered && ` of ${limit}`}
        <span className="visually-hidden"> cards</span>
      </span>
      {limit !== null && over >= 0 && (
        <Chip tone={over > 0 ? "failed" : "plain"} title={`At most ${limit} cards should stand here`}>
          {over > 0 ? `${over} over the limit` : "full"}
        </Chip>
      )}
      <span className={styles.gap} />
      {number <= 9 && may("tasks:write") && (
        <span className={styles.digit} title={`${number} moves the card with the focus here`}>
          <Kbd keys={String(number)} />
        </span>
      )}
    </header>
  );
}

function isNarrow(filter: BoardFilter): boolean {
  return (
    filter.assignee !== null || filter.saved !== null || filter.q !== "" || filter.labels.length + filter.priorities.length > 0
  );
}

/** The card with the focus and the one that is dragged stay drawn though they are out of sight: what has them must not go away. */
function useKept(cards: readonly Card[], store: HandStore): readonly number[] {
  const places = useMemo(() => new Map(cards.map((card, index) => [card.key, index])), [cards]);
  const cursor = useHand(store, (hand) => places.get(hand.cursor ?? "") ?? -1);
  const dragged = useHand(store, (hand) => places.get(hand.dragged ?? "") ?? -1);
  return useMemo(() => [cursor, dragged].filter((index) => index >= 0), [cursor, dragged]);
}

function withKept(range: Range, keep: readonly number[]): number[] {
  const inSight = defaultRangeExtractor(range);
  const more = keep.filter((index) => index < range.count && !inSight.includes(index));
  return more.length === 0 ? inSight : [...new Set([...inSight, ...more])].sort((one, other) => one - other);
}
