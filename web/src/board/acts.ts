import type { QueryClient } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { notify } from "../ui/notices";
import { tell } from "../ui/tell";
import { type BoardState, movedBy, settled } from "./board_state";
import { type Assignee, boardOf } from "./card";
import { followerOf } from "./following";

/** Where a card is to stand: at the end of the column, or beside a card of it. */
export type Target = { column: string; before?: string; after?: string };

let moves = 0;
/** Moves are sent in the order in which they were made: the last word on a card is the reader's last. */
let sending: Promise<unknown> = Promise.resolve();
/** What this page has just moved, so that its own moves are not shown as somebody's. */
const own = new Map<string, number>();
const OWN_MS = 5_000;

/** Move a card: it stands there at once, and goes back where the server refuses it. Resolves to whether it was moved. */
export function moveCard(client: QueryClient, key: string, target: Target): Promise<boolean> {
  const board = boardOf(key);
  moves += 1;
  const id = moves;
  own.set(key, Date.now());
  const change = (next: (state: BoardState) => BoardState) =>
    client.setQueryData<BoardState>(["cards", board], (state) => (state === undefined ? state : next(state)));
  change((state) => movedBy(state, { id, key, ...target }));
  const sent = sending.then(() => ask(api.PUT("/v1/tasks/{key}/column", { params: { path: { key } }, body: target })));
  sending = sent.catch(() => undefined);
  return sent.then(
    async () => {
      await followerOf(client, board).hear([key]);
      change((state) => settled(state, id));
      return true;
    },
    (reason: unknown) => {
      change((state) => settled(state, id));
      tell(`${key} stays where it was`)(reason);
      return false;
    },
  );
}

/** Whether this page moved that card a moment ago. */
export function isOwnMove(key: string): boolean {
  return Date.now() - (own.get(key) ?? 0) < OWN_MS;
}

/** Make a task. Resolves when its card stands on the board. */
export async function createTask(client: QueryClient, task: Schema<"TaskIn">): Promise<Schema<"TaskOut">> {
  const made = await ask(api.POST("/v1/tasks", { body: task }));
  own.set(made.key, Date.now());
  await followerOf(client, made.board).hear([made.key]);
  return made;
}

/** Give a card to somebody, or to nobody. */
export async function assignCard(client: QueryClient, key: string, to: Assignee | null): Promise<void> {
  await ask(api.PUT("/v1/tasks/{key}/assignee", { params: { path: { key } }, body: assigneeIn(to) }));
  own.set(key, Date.now());
  await followerOf(client, boardOf(key)).hear([key]);
}

export function assigneeIn(to: Assignee | null): Schema<"AssigneeIn"> {
  if (to === null) return { agent: null, start: true };
  return to.kind === "agent" ? { agent: to.name, start: true } : { user: to.name, start: true };
}

/** Put a card away, or take it out again. */
export async function archiveCard(client: QueryClient, key: string, archived: boolean): Promise<void> {
  const params = { path: { key } };
  if (archived) await ask(api.PUT("/v1/tasks/{key}/archive", { params }));
  else await ask(api.DELETE("/v1/tasks/{key}/archive", { params }));
  await followerOf(client, boardOf(key)).hear([key]);
  void client.invalidateQueries({ queryKey: ["archived", boardOf(key)] });
}

export type BulkAct = Omit<Schema<"TasksActIn">, "keys" | "filter">;

const KEYS_MAX = 200;

/** The same on many cards. What was refused is said, with the reason of the first. */
export async function actOnCards(client: QueryClient, keys: readonly string[], act: BulkAct): Promise<void> {
  const results: Schema<"TaskActOut">[] = [];
  for (const key of keys) own.set(key, Date.now());
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    const body = { ...act, keys: keys.slice(from, from + KEYS_MAX) };
    results.push(...(await ask(api.POST("/v1/tasks/bulk", { body }))).data);
  }
  const boards = new Set(keys.map(boardOf));
  await Promise.all([...boards].map((board) => followerOf(client, board).hear(keys.filter((key) => boardOf(key) === board))));
  const refused = results.filter((one) => one.error !== null);
  const [first] = refused;
  if (first?.error)
    notify(
      refused.length === 1
        ? `${first.key} was left as it is: ${first.error.detail}`
        : `${refused.length} of ${results.length} were left as they are. ${first.key}: ${first.error.detail}`,
    );
}
