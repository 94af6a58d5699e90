import type { QueryClient } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { type Frame, family, text } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import type { BoardState } from "./board_state";
import { boardOf, type Card } from "./card";
import { Follower } from "./follower";

type Change = (before: BoardState, after: BoardState, keys: readonly string[]) => void;

const followers = new Map<string, Follower>();
const watchers = new Set<Change>();

/** Called before what is seen of a board changes: for who shows how a card moves. Returns what ends it. */
export function beforeChange(watcher: Change): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Who keeps the cards of that board true. */
export function followerOf(client: QueryClient, board: string): Follower {
  const known = followers.get(board);
  if (known !== undefined) return known;
  const follower: Follower = new Follower({
    look: async (keys) => {
      const params = { path: { board }, query: { key: keys } };
      return (await ask(api.GET("/v1/boards/{board}/cards", { params }))).data;
    },
    read: () => client.getQueryData<BoardState>(["cards", board]),
    write: (state) => client.setQueryData<BoardState>(["cards", board], state),
    isPassing: (reason) => reason instanceof Problem && (reason.status === 0 || reason.status >= 500 || reason.status === 429),
    onChange: (before, after, keys) => {
      for (const watcher of watchers) watcher(before, after, keys);
      settleRest(client, board, before, after, keys);
    },
  });
  followers.set(board, follower);
  return follower;
}

/** What else changes with a card: how many are done, how far its parent is, who waited for it. */
function settleRest(client: QueryClient, board: string, before: BoardState, after: BoardState, keys: readonly string[]): void {
  const columns = client.getQueryData<Schema<"BoardOut">>(["boards", board])?.columns ?? [];
  const done = new Set(columns.filter((column) => column.category === "done").map((column) => column.name));
  const known = new Set(columns.map((column) => column.name));
  const others = new Set<string>();
  let recount = false;
  for (const key of keys) {
    const was = before.cards.get(key) ?? null;
    const is = after.cards.get(key) ?? null;
    if (is !== null && !known.has(is.column)) recount = true;
    if (was?.column === is?.column && was?.parent === is?.parent) continue;
    for (const card of [was, is]) {
      if (card === null) continue;
      if (done.has(card.column)) recount = true;
      if (card.parent !== null && boardOf(card.parent) === board) others.add(card.parent);
    }
    for (const card of after.cards.values()) if (card?.blocked_by.includes(key)) others.add(card.key);
    if (is === null && was !== null) void client.invalidateQueries({ queryKey: ["archived", board] });
  }
  if (recount) soon(`board ${board}`, () => void client.invalidateQueries({ queryKey: ["boards", board], exact: true }), 60);
  for (const key of keys) others.delete(key);
  if (others.size > 0) void followers.get(board)?.hear(others);
}

onFrames((frames, client) => {
  const boards = client
    .getQueryCache()
    .findAll({ queryKey: ["cards"] })
    .map((query) => String(query.queryKey[1]));
  for (const board of boards) {
    const follower = followerOf(client, board);
    const state = client.getQueryData<BoardState>(["cards", board]);
    const heard = new Set(heardOf(frames, board, state));
    if (heard.size > 0) void follower.hear(heard);
    for (const frame of frames) {
      if (frame.name === "task.moved" && frame.data.ranked_anew === true && boardOf(text(frame, "task") ?? "") === board)
        follower.hearColumn(text(frame, "to") ?? "");
    }
  }
});

/** The cards of a board that some frames are about: by their key, by their id, or by the run that works on them. */
function heardOf(frames: readonly Frame[], board: string, state: BoardState | undefined): string[] {
  const byName = indexOf(frames, state);
  return frames.flatMap((frame) => {
    const task = text(frame, "task");
    if (family(frame) === "task") return task !== undefined && boardOf(task) === board ? task : [];
    if (!/^(run|agent|usage)\./.test(frame.name)) return [];
    return byName.get(task ?? "") ?? byName.get(text(frame, "run") ?? "") ?? [];
  });
}

function indexOf(frames: readonly Frame[], state: BoardState | undefined): Map<string, string> {
  const byName = new Map<string, string>();
  if (state === undefined || frames.every((frame) => family(frame) === "task")) return byName;
  for (const card of state.cards.values()) if (card !== null) name(card, byName);
  return byName;
}

function name(card: Card, byName: Map<string, string>): void {
  byName.set(card.id, card.key);
  if (card.run !== null) byName.set(card.run, card.key);
}
