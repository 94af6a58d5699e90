import { byNewest, byPosition, type Card, type Column } from "./card";

/** A move that its reader already sees and the server has not told of yet. */
export type Move = { id: number; key: string; column: string; before?: string; after?: string };

/**
 * A board as this page knows it. `cards` is what the server said, nothing else; null is a card that is not on the board any more (archived,
 * or gone), which an older answer must not bring back. `moves` are laid over it for as long as they are on their way.
 */
export type BoardState = { cards: ReadonlyMap<string, Card | null>; moves: readonly Move[] };

export const NO_CARDS: BoardState = { cards: new Map(), moves: [] };

/** What was looked at again because something was heard of it: it is newer than all that is held. `asked` and not found is gone. */
export function lookedAgain(state: BoardState, found: readonly Card[], asked: readonly string[]): BoardState {
  const cards = new Map(state.cards);
  for (const key of asked) cards.set(key, null);
  for (const card of found) cards.set(card.key, same(state.cards.get(card.key), card));
  return { ...state, cards };
}

/** A page of a list: it may be older than what was looked at again meanwhile, so it only adds what is not known. */
export function filledIn(state: BoardState, page: readonly Card[]): BoardState {
  const unknown = page.filter((card) => !state.cards.has(card.key));
  if (unknown.length === 0) return state;
  const cards = new Map(state.cards);
  for (const card of unknown) cards.set(card.key, card);
  return { ...state, cards };
}

/** The reader moved a card: it stands there at once. */
export function movedBy(state: BoardState, move: Move): BoardState {
  return { ...state, moves: [...state.moves.filter((one) => one.key !== move.key || one.id < move.id), move] };
}

/** The move has arrived and was looked at, or was refused: from now on the card stands where the server has it. */
export function settled(state: BoardState, id: number): BoardState {
  return { ...state, moves: state.moves.filter((one) => one.id !== id) };
}

/** The cards of each column as they are to be seen. In a `done` column the latest comes first. */
export function standing(state: BoardState, columns: readonly Column[]): Map<string, Card[]> {
  const shown = new Map<string, Card[]>(columns.map((column) => [column.name, []]));
  for (const card of state.cards.values()) if (card !== null) shown.get(card.column)?.push(card);
  const done = new Set(columns.filter((column) => column.category === "done").map((column) => column.name));
  for (const [name, cards] of shown) cards.sort(done.has(name) ? byNewest : byPosition);
  for (const move of state.moves) lay(move, shown, done);
  return shown;
}

function lay(move: Move, shown: Map<string, Card[]>, done: ReadonlySet<string>): void {
  const to = shown.get(move.column);
  const from = [...shown.values()].find((cards) => cards.some((card) => card.key === move.key));
  if (to === undefined || from === undefined) return;
  const [card] = from.splice(
    from.findIndex((one) => one.key === move.key),
    1,
  );
  if (card === undefined) return;
  const place = placeOf(move, to, done.has(move.column));
  to.splice(place, 0, card.column === move.column ? card : { ...card, column: move.column });
}

function placeOf(move: Move, to: readonly Card[], newestFirst: boolean): number {
  const beside = move.before ?? move.after;
  const index = to.findIndex((card) => card.key === beside);
  if (index < 0) return newestFirst ? 0 : to.length;
  return move.before === undefined ? index + 1 : index;
}

/** The card that is held where nothing about it is new: who draws it need not draw it again. */
function same(held: Card | null | undefined, card: Card): Card {
  return held && JSON.stringify(held) === JSON.stringify(card) ? held : card;
}
