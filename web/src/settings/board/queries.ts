import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";

export type Board = Schema<"BoardOut">;
export type ShortBoard = Schema<"BoardPage">["data"][number];
export type BoardColumn = Board["columns"][number];
export type Label = Board["labels"][number];

/** Boards that were put away. */
export const archivedBoards = queryOptions({
  queryKey: ["boards", "archived"],
  queryFn: async ({ signal }) =>
    (await ask(api.GET("/v1/boards", { params: { query: { archived: true, limit: 200 } }, signal }))).data.filter(
      (board) => board.archived_at !== null,
    ),
});

/** A board is shown in many places by what it answers here: its name, its columns, the columns of its cards. */
export async function boardChanged(client: QueryClient, board: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["boards"] }),
    client.invalidateQueries({ queryKey: ["cards", board] }),
    client.invalidateQueries({ queryKey: ["done", board] }),
  ]);
}

/** What a column is for, and what that means. */
export const CATEGORIES: Record<BoardColumn["category"], { label: string; means: string }> = {
  backlog: { label: "Backlog", means: "Cards are parked: agents do not begin." },
  todo: { label: "To do", means: "Cards wait to be begun." },
  doing: { label: "Doing", means: "Agents work on cards here." },
  review: { label: "Review", means: "A person looks at what was done." },
  done: { label: "Done", means: "What waits for these cards may begin." },
};
