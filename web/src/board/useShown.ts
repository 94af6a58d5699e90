import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Schema } from "../api/client";
import { session } from "../session";
import { type BoardFilter, fits, serverFilter } from "./board_filter";
import { type BoardState, standing } from "./board_state";
import type { Card, Column } from "./card";
import { archivedCards, matching, OPEN_CARDS_MAX, oneBoard, openCards } from "./queries";

export type Shown = {
  view: Schema<"BoardOut"> | undefined;
  /** The columns of the board, with how many cards stand in each as far as this page knows, whatever the filter. */
  columns: readonly Column[];
  /** By column, as they are to be seen; undefined until the first answer. */
  cards: ReadonlyMap<string, readonly Card[]> | undefined;
  failure: Error | null;
  retry: () => void;
  /** The server still looks for words in descriptions and comments. */
  looking: boolean;
};

/** A board through a filter. A column that did not change is the same object, and need not be drawn again. */
export function useShown(board: string, filter: BoardFilter): Shown {
  const view = useQuery(oneBoard(board));
  const state = useQuery({ ...openCards(board), enabled: view.data !== undefined });
  const me = session().me.name;
  const { q, filter: saved } = serverFilter(filter, me);
  const wanted = q !== undefined || saved !== undefined;
  const found = useQuery({ ...matching(board, { q, filter: saved }), enabled: wanted, placeholderData: keepPreviousData });
  const archived = useQuery({ ...archivedCards(board), enabled: filter.archived });

  const named = view.data?.columns;
  const columns = useMemo(() => counted(named ?? NO_COLUMNS, state.data), [named, state.data]);
  const matches = wanted ? (found.data ?? null) : null;
  const put = filter.archived ? archived.data : undefined;
  const fresh = useMemo(() => {
    if (named === undefined || state.data === undefined) return undefined;
    const all = standing(state.data, named);
    for (const card of put ?? []) if (!state.data.cards.get(card.key)) all.get(card.column)?.push(card);
    for (const [name, cards] of all) {
      all.set(
        name,
        cards.filter((card) => fits(card, filter, me, matches)),
      );
    }
    return all;
  }, [named, state.data, put, filter, me, matches]);

  const failure = view.error ?? state.error ?? (found.data === undefined ? found.error : null);
  return {
    view: view.data,
    columns,
    cards: useUnchanged(fresh),
    failure,
    retry: () => void Promise.all([view, state, found].filter((one) => one.isError).map((one) => one.refetch())),
    looking: found.isFetching,
  };
}

const NO_COLUMNS: readonly Column[] = [];

/** The open columns are all here and counted at once; what is done is counted by the server, and so is a board too large to be here. */
function counted(columns: readonly Column[], state: BoardState | undefined): readonly Column[] {
  const open = columns.filter((column) => column.category !== "done");
  if (state === undefined || open.reduce((sum, column) => sum + column.count, 0) >= OPEN_CARDS_MAX) return columns;
  const counts = new Map<string, number>();
  for (const [name, cards] of standing(state, columns)) counts.set(name, cards.length);
  return columns.map((column) => (open.includes(column) ? { ...column, count: counts.get(column.name) ?? 0 } : column));
}

function useUnchanged(fresh: Map<string, Card[]> | undefined): ReadonlyMap<string, readonly Card[]> | undefined {
  const held = useRef<ReadonlyMap<string, readonly Card[]>>(new Map());
  return useMemo(() => {
    if (fresh === undefined) return undefined;
    const kept = new Map<string, readonly Card[]>();
    for (const [name, cards] of fresh) {
      const before = held.current.get(name);
      const same = before?.length === cards.length && cards.every((card, index) => card === before[index]);
      kept.set(name, same ? before : cards);
    }
    held.current = kept;
    return kept;
  }, [fresh]);
}
