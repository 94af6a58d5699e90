import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { type BoardState, NO_CARDS } from "./board_state";
import { type Card, cardOf, cardOfTask, type Priority } from "./card";
import { followerOf } from "./following";

/** All boards that are not archived, with the names of their columns. */
export const boardList = queryOptions({
  queryKey: ["boards"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/boards", { params: { query: { limit: 200 } }, signal }))).data,
});

/** One board: its columns with limits and counts, and its labels. */
export function oneBoard(board: string) {
  return queryOptions({
    queryKey: ["boards", board],
    queryFn: ({ signal }) => ask(api.GET("/v1/boards/{board}", { params: { path: { board } }, signal })),
  });
}

const CARDS_A_PAGE = 1_000;
/** A board with more open cards than that shows these, and says how many more there are. */
const PAGES_MAX = 5;
export const OPEN_CARDS_MAX = CARDS_A_PAGE * PAGES_MAX;

/** The cards of a board that are open; those that are done are asked for column by column, the latest first. */
export function openCards(board: string) {
  return queryOptions({
    queryKey: ["cards", board],
    queryFn: async ({ client, signal }): Promise<BoardState> => {
      const follower = followerOf(client, board);
      follower.begin();
      const { columns } = await client.ensureQueryData(oneBoard(board));
      const open = columns.filter((column) => column.category !== "done").map((column) => column.name);
      const list: Card[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_MAX && open.length > 0; page += 1) {
        const query = { column: open, limit: CARDS_A_PAGE, cursor };
        const found = await ask(api.GET("/v1/boards/{board}/cards", { params: { path: { board }, query }, signal }));
        list.push(...found.data.map(cardOf));
        if (found.next_cursor === null) break;
        cursor = found.next_cursor;
      }
      const moves = (client.getQueryData<BoardState>(["cards", board]) ?? NO_CARDS).moves;
      return follower.rebase(list, moves);
    },
    // A board that nobody has looked at for a while is asked for anew: nobody followed it meanwhile.
    gcTime: 60_000,
    structuralSharing: false,
  });
}

/** What of a board is to be seen, as the server filters it. */
export type ServerFilter = {
  assignee?: string;
  label?: string[];
  priority?: Priority[];
  q?: string;
  filter?: string;
};

const DONE_A_PAGE = 30;

/** The finished cards of a column, the latest first. Their cards go to the board; here are only their keys. */
export function doneCards(board: string, column: string, filter: ServerFilter) {
  return infiniteQueryOptions({
    queryKey: ["done", board, column, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ client, pageParam, signal }) => {
      const query = { ...filter, board, column: [column], sort: "updated" as const, limit: DONE_A_PAGE, cursor: pageParam };
      return filled(client, board, await ask(api.GET("/v1/tasks", { params: { query }, signal })));
    },
    getNextPageParam: (page) => page.next ?? undefined,
    gcTime: 60_000,
  });
}

const MATCHES_A_PAGE = 200;
const MATCHES_PAGES_MAX = 5;

/** The keys of the cards that fit what only the server can tell: words in descriptions and comments, a saved filter. */
export function matching(board: string, filter: Pick<ServerFilter, "q" | "filter">) {
  return queryOptions({
    queryKey: ["matches", board, filter],
    queryFn: async ({ client, signal }) => {
      const keys = new Set<string>();
      let cursor: string | undefined;
      for (let page = 0; page < MATCHES_PAGES_MAX; page += 1) {
        const query = { ...filter, board, limit: MATCHES_A_PAGE, cursor };
        const found = filled(client, board, await ask(api.GET("/v1/tasks", { params: { query }, signal })));
        for (const key of found.keys) keys.add(key);
        if (found.next === null) break;
        cursor = found.next;
      }
      return keys;
    },
    structuralSharing: false,
    gcTime: 60_000,
  });
}

/** The cards of a board that were put away, the latest first. */
export function archivedCards(board: string) {
  return queryOptions({
    queryKey: ["archived", board],
    queryFn: async ({ signal }) => {
      const query = { board, archived: true, sort: "updated" as const, limit: 200 };
      const { data } = await ask(api.GET("/v1/tasks", { params: { query }, signal }));
      return data.filter((task) => task.archived_at !== null).map(cardOfTask);
    },
  });
}

/** Filters under a name: one's own, and those that are shared. */
export const filterList = queryOptions({
  queryKey: ["filters"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/filters", { params: { query: { limit: 200 } }, signal }))).data,
});

function filled(client: QueryClient, board: string, page: Schema<"TaskPage">): { keys: string[]; next: string | null } {
  const cards = page.data.map(cardOfTask).filter((card) => !card.archived);
  followerOf(client, board).fill(cards);
  return { keys: cards.map((card) => card.key), next: page.next_cursor ?? null };
}
