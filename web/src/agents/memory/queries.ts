import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";
import { type Pages, usePages } from "../../ui/usePages";

export type Note = Schema<"NoteOut">;

const PAGE = 100;
/** A search has one page. */
const FOUND_MAX = 50;

/** All notes of an agent, the newest first. */
export function useNotes(agent: string): Pages<Note> {
  return usePages(["agent", agent, "notes", "all"], (cursor, signal) =>
    ask(api.GET("/v1/agents/{agent}/memory", { params: { path: { agent }, query: { limit: PAGE, cursor } }, signal })),
  );
}

/** The notes in which these words are, the best match first. */
export function foundNotes(agent: string, q: string) {
  return queryOptions({
    queryKey: ["agent", agent, "notes", "found", q],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/agents/{agent}/memory", { params: { path: { agent }, query: { q, limit: FOUND_MAX } }, signal })))
        .data,
  });
}

export function addNote(agent: string, body: Schema<"NoteIn">): Promise<Note> {
  return ask(api.POST("/v1/agents/{agent}/memory", { params: { path: { agent } }, body }));
}

/** Change a note, only while it is as it was seen. */
export function changeNote(agent: string, note: Note, body: Schema<"NotePatch">): Promise<Note> {
  const params = { path: { agent, note: note.id }, header: { "if-match": `"${note.revision}"` } };
  return ask(api.PATCH("/v1/agents/{agent}/memory/{note}", { params, body }));
}

export function deleteNote(agent: string, note: Note): Promise<unknown> {
  const params = { path: { agent, note: note.id }, header: { "if-match": `"${note.revision}"` } };
  return ask(api.DELETE("/v1/agents/{agent}/memory/{note}", { params }));
}
