import fc from "fast-check";
import { expect, test } from "vitest";
import type { Schema } from "../api/client";
import { type BoardState, filledIn, movedBy, NO_CARDS, settled, standing } from "./board_state";
import { byNewest, byPosition, type Card, type Column, cardOf } from "./card";
import { Follower } from "./follower";

const NAMES = ["Todo", "Doing", "Done"];
const COLUMNS = NAMES.map(
  (name) => ({ name, category: name === "Done" ? "done" : name === "Doing" ? "doing" : "todo" }) as Column,
);

type Told = { keys: string[]; anew?: string };

/** A board as the server keeps it: one truth, a rank for each card, and a frame for each change. */
class Server {
  cards = new Map<string, Card>();
  frames: Told[] = [];
  #clock = 0;
  #anew: string | undefined;

  make(key: string): void {
    this.cards.set(key, {
      id: `tsk_${key.padStart(8, "0")}`,
      ...{ key, title: key, column: "Todo", position: this.#rank("Todo", null), revision: 1 },
      updated_at: this.#now(),
      archived: false,
    } as Card);
    this.frames.push({ keys: [key] });
  }

  move(key: string, column: string, after?: string): void {
    const card = this.cards.get(key);
    const anchor = after === undefined ? undefined : this.cards.get(after);
    if (card === undefined || (after !== undefined && (anchor?.column !== column || after === key))) return;
    this.#anew = undefined;
    const position = this.#rank(column, anchor ?? null, key);
    this.cards.set(key, { ...card, column, position, revision: card.revision + 1, updated_at: this.#now() });
    this.frames.push({ keys: [key], anew: this.#anew });
  }

  archive(key: string): void {
    if (this.cards.delete(key)) this.frames.push({ keys: [key] });
  }

  order(column: string): string[] {
    const here = [...this.cards.values()].filter((card) => card.column === column);
    return here.sort(column === "Done" ? byNewest : byPosition).map((card) => card.key);
  }

  #now(): string {
    this.#clock += 1;
    return String(this.#clock).padStart(6, "0");
  }

  /** Whole numbers, with little room between: so columns are often ranked anew. */
  #rank(column: string, anchor: Card | null, moving?: string): string {
    const here = [...this.cards.values()].filter((card) => card.column === column && card.key !== moving).sort(byPosition);
    if (anchor === null) return rank(Math.max(0, ...here.map((card) => Number(card.position))) + 1);
    const next = here[here.findIndex((card) => card.key === anchor.key) + 1];
    const low = Number(this.cards.get(anchor.key)?.position);
    if (next === undefined) return rank(low + 1);
    if (Number(next.position) - low > 1) return rank(low + 1);
    this.#anew = column;
    for (const [index, card] of here.entries()) this.cards.set(card.key, { ...card, position: rank((index + 1) * 3) });
    return rank(Number(this.cards.get(anchor.key)?.position) + 1);
  }
}

function rank(number: number): string {
  return String(number).padStart(4, "0");
}

/** A page that follows it, over a network that is late in every way: each request is answered in two acts, looked up and handed over. */
class Client {
  state: BoardState = NO_CARDS;
  frames: Told[] = [];
  readonly server: Server;
  readonly follower: Follower;
  #requests: { run: () => unknown; found?: unknown; ran: boolean; hand: (found: never) => void }[] = [];
  #moves = 0;

  constructor(server: Server) {
    this.server = server;
    this.follower = new Follower({
      look: (keys) => this.#ask(() => keys.flatMap((key) => server.cards.get(key) ?? []) as Schema<"CardOut">[]),
      read: () => this.state,
      write: (state) => {
        this.state = state;
      },
      wait: () => Promise.resolve(),
    });
  }

  async load(): Promise<void> {
    this.follower.begin();
    const list: Card[] = [];
    for (const name of NAMES)
      list.push(...(await this.#ask(() => [...this.server.cards.values()].filter((card) => card.column === name).map(cardOf))));
    this.state = this.follower.rebase(list, this.state.moves);
  }

  async move(key: string, column: string, after?: string): Promise<void> {
    this.#moves += 1;
    const id = this.#moves;
    this.state = movedBy(this.state, { id, key, column, after });
    await this.#ask(() => this.server.move(key, column, after));
    await this.follower.hear([key]);
    this.state = settled(this.state, id);
  }

  step(which: number): boolean {
    const request = this.#requests[which % Math.max(1, this.#requests.length)];
    if (request === undefined) return false;
    if (request.ran) {
      this.#requests = this.#requests.filter((one) => one !== request);
      request.hand(request.found as never);
    } else {
      request.found = request.run();
      request.ran = true;
    }
    return true;
  }

  tell(which: number, twice: boolean): boolean {
    const [frame] = this.frames.splice(which % Math.max(1, this.frames.length), 1);
    if (frame === undefined) return false;
    if (twice) this.frames.push(frame);
    void this.follower.hear(frame.keys);
    if (frame.anew !== undefined) this.follower.hearColumn(frame.anew);
    return true;
  }

  #ask<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve) => {
      this.#requests.push({ run, ran: false, hand: resolve });
    });
  }
}

const key = fc.integer({ min: 1, max: 7 }).map((n) => `FF-${n}`);
const column = fc.constantFrom(...NAMES);
const act = fc.oneof(
  fc.record({ kind: fc.constant("others" as const), key, column, after: fc.option(key, { nil: undefined }) }),
  fc.record({
    kind: fc.constant("ours" as const),
    who: fc.integer({ min: 0, max: 1 }),
    key,
    column,
    after: fc.option(key, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant("archive" as const), key }),
  fc.record({ kind: fc.constant("make" as const), key }),
  fc.record({ kind: fc.constant("answer" as const), who: fc.integer({ min: 0, max: 1 }), which: fc.nat(5) }),
  fc.record({ kind: fc.constant("tell" as const), who: fc.integer({ min: 0, max: 1 }), which: fc.nat(5), twice: fc.boolean() }),
  fc.record({ kind: fc.constant("reload" as const), who: fc.integer({ min: 0, max: 1 }) }),
);

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}

test("whatever the order of answers and frames, and however often they come, two pages end as the server has it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), async (acts) => {
      const server = new Server();
      for (const n of [1, 2, 3, 4]) server.make(`FF-${n}`);
      server.frames = [];
      const clients = [new Client(server), new Client(server)];
      const share = () => {
        for (const client of clients) client.frames.push(...server.frames);
        server.frames = [];
      };
      for (const client of clients) void client.load();
      await settle();
      for (const one of acts) {
        const client = clients["who" in one ? one.who : 0] as Client;
        if (one.kind === "others") server.move(one.key, one.column, one.after);
        if (one.kind === "archive") server.archive(one.key);
        if (one.kind === "make" && !server.cards.has(one.key)) server.make(one.key);
        if (one.kind === "ours") void client.move(one.key, one.column, one.after);
        if (one.kind === "reload") void client.load();
        if (one.kind === "answer") client.step(one.which);
        share();
        if (one.kind === "tell") client.tell(one.which, one.twice);
        await settle();
      }
      for (let quiet = 0; quiet < 3; ) {
        let moved = false;
        for (const client of clients) moved = client.step(0) || client.tell(0, false) || moved;
        share();
        await settle();
        quiet = moved ? 0 : quiet + 1;
      }
      for (const client of clients) {
        expect(client.state.moves).toEqual([]);
        const shown = standing(client.state, COLUMNS);
        for (const name of NAMES) expect(shown.get(name)?.map((card) => card.key)).toEqual(server.order(name));
      }
    }),
    { numRuns: 300 },
  );
}, 30_000);

const CARD = { key: "FF-1", id: "1", column: "Todo", position: "1", revision: 1, updated_at: "1" } as Card;

test("a card that is gone is not brought back by an older page", () => {
  const gone: BoardState = { cards: new Map([["FF-1", null]]), moves: [] };
  expect(filledIn(gone, [CARD]).cards.get("FF-1")).toBeNull();
});

test("a move is seen at once, beside the card that it was dropped at, and goes when it is refused", () => {
  const other = { ...CARD, key: "FF-2", id: "2", column: "Doing", position: "5" };
  const state = filledIn(NO_CARDS, [CARD, other]);
  const moved = movedBy(state, { id: 1, key: "FF-1", column: "Doing", before: "FF-2" });
  expect(
    standing(moved, COLUMNS)
      .get("Doing")
      ?.map((card) => card.key),
  ).toEqual(["FF-1", "FF-2"]);
  expect(
    standing(settled(moved, 1), COLUMNS)
      .get("Todo")
      ?.map((card) => card.key),
  ).toEqual(["FF-1"]);
});

test("ranks sort byte by byte: a digit before a letter, a shorter one before its longer", () => {
  const ranks = ["i0000000i", "i0000001", "hzzzzzzz", "i0000000"].map((position) => ({ ...CARD, position }));
  expect(ranks.sort(byPosition).map((card) => card.position)).toEqual(["hzzzzzzz", "i0000000", "i0000000i", "i0000001"]);
});
