import type { Schema } from "../api/client";
import { type BoardState, filledIn, lookedAgain } from "./board_state";
import { type Card, cardOf } from "./card";

/** So many cards are looked at in one request. */
const KEYS_MAX = 200;
/** Between two looks while there is much to look at: a burst of frames is a few requests. */
const PACE_MS = 120;
const RETRY_MS = 2_000;

type Options = {
  look: (keys: string[]) => Promise<Schema<"CardOut">[]>;
  read: () => BoardState | undefined;
  write: (state: BoardState) => void;
  /** Before what is seen changes, for who shows how a card moves; and after, with what has changed. */
  onChange?: (before: BoardState, after: BoardState, keys: readonly string[]) => void;
  /** Whether a look that failed may succeed later: the server is away, not unwilling. */
  isPassing?: (reason: unknown) => boolean;
  pace?: number;
  wait?: (ms: number) => Promise<void>;
};

/**
 * Looks again at cards of which something was heard, one request at a time, so that what is written last was also asked last: whatever the
 * order of frames and answers, and however often they come, the board ends as the server has it.
 */
export class Follower {
  readonly #options: Options;
  #heard = new Set<string>();
  /** What is being looked at now. */
  #looking: readonly string[] = [];
  #busy: Promise<void> | null = null;
  /** What was learnt since the list that is on its way was asked for: it goes before the list. */
  #since = new Map<string, Card | null>();
  /** Columns whose cards all got new ranks since then: a page that was read before holds the old ones. */
  #anew = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Something was heard of these cards. Resolves when they have been looked at. */
  hear(keys: Iterable<string>): Promise<void> {
    for (const key of keys) this.#heard.add(key);
    if (this.#busy === null && this.#heard.size > 0) this.#busy = this.#work();
    return this.#busy ?? Promise.resolve();
  }

  /** All cards of a column were given new ranks, without a change of their own. */
  hearColumn(column: string): void {
    this.#anew.add(column);
    const held = [...(this.#options.read()?.cards.values() ?? [])];
    void this.hear(held.flatMap((card) => (card?.column === column ? card.key : [])));
  }

  /** The whole list is asked for anew: from here on, what is learnt beside it goes before it. A look that is under way is older. */
  begin(): void {
    this.#since.clear();
    this.#anew.clear();
    for (const key of this.#looking) this.#heard.add(key);
  }

  /** The list has come. What was learnt while it was on its way stands. */
  rebase(list: readonly Card[], moves: BoardState["moves"]): BoardState {
    this.#hearOld(list);
    return filledIn({ cards: new Map(this.#since), moves }, list);
  }

  /** Cards that another list told of: older ones of a finished column, hits of a search. */
  fill(page: readonly Card[]): void {
    this.#hearOld(page);
    for (const card of page) if (!this.#since.has(card.key)) this.#since.set(card.key, card);
    const held = this.#options.read();
    if (held !== undefined) this.#options.write(filledIn(held, page));
  }

  async #work(): Promise<void> {
    const wait = this.#options.wait ?? pause;
    while (this.#heard.size > 0) {
      this.#looking = [...this.#heard].slice(0, KEYS_MAX);
      for (const key of this.#looking) this.#heard.delete(key);
      try {
        this.#learn(this.#looking, (await this.#options.look([...this.#looking])).map(cardOf));
      } catch (reason) {
        if (this.#options.isPassing?.(reason) ?? false) {
          for (const key of this.#looking) this.#heard.add(key);
          await wait(RETRY_MS);
        }
      }
      this.#looking = [];
      if (this.#heard.size > 0) await wait(this.#options.pace ?? PACE_MS);
    }
    this.#busy = null;
  }

  #learn(asked: readonly string[], found: readonly Card[]): void {
    for (const key of asked) this.#since.set(key, null);
    for (const card of found) this.#since.set(card.key, card);
    const before = this.#options.read();
    if (before === undefined) return;
    const after = lookedAgain(before, found, asked);
    this.#options.onChange?.(before, after, asked);
    this.#options.write(after);
  }

  #hearOld(page: readonly Card[]): void {
    void this.hear(page.flatMap((card) => (this.#anew.has(card.column) ? card.key : [])));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
