import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../../api/client";
import { type Pages, usePages } from "../../ui/usePages";

export type Revision = Schema<"AgentRevisionOut">;

const PAGE = 30;

/** What an agent was, the newest first. `newest` is in the key: with another revision there is another list. */
export function useRevisions(name: string, newest: number): Pages<Revision> {
  return usePages(["agent", name, "revisions", newest], (cursor, signal) => {
    const query = { limit: PAGE, cursor };
    return ask(api.GET("/v1/agents/{agent}/revisions", { params: { path: { agent: name }, query }, signal }));
  });
}

/** One revision. It never changes, so this is asked once. */
export function oneRevision(agent: string, revision: number) {
  return queryOptions({
    queryKey: ["agent revision", agent, revision],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/agents/{agent}/revisions/{revision}", { params: { path: { agent, revision } }, signal })),
  });
}

/** How two revisions differ, field by field. */
export function revisionDiff(agent: string, from: number, to: number) {
  return queryOptions({
    queryKey: ["agent revision", agent, "diff", from, to],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/agents/{agent}/diff", { params: { path: { agent }, query: { from, to } }, signal })),
  });
}
