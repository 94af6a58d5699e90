import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";

export type Team = Schema<"TeamOut">;
export type TeamRevision = Schema<"TeamRevisionOut">;

const PAGE = 200;

/** All teams by name. */
export const teamList = queryOptions({
  queryKey: ["teams", "all"],
  queryFn: async ({ signal }) => {
    const found: Team[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await ask(api.GET("/v1/teams", { params: { query: { limit: PAGE, cursor } }, signal }));
      found.push(...page.data);
      if (!page.next_cursor) return found;
      cursor = page.next_cursor;
    }
  },
});

/** What a team was, the newest first. `newest` is in the key: with another revision there is another list. */
export function teamRevisions(team: string, newest: number) {
  return queryOptions({
    queryKey: ["team revisions", team, newest],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/teams/{team}/revisions", { params: { path: { team }, query: { limit: PAGE } }, signal }))).data,
  });
}

/** Show the team as the answer of an act says that it is now. */
export function takeTeam(client: QueryClient, team: Team): void {
  client.setQueryData(teamList.queryKey, (held) =>
    held === undefined
      ? held
      : [...held.filter((one) => one.id !== team.id), team].sort((one, other) => one.name.localeCompare(other.name)),
  );
  void client.invalidateQueries({ queryKey: teamList.queryKey });
}

// A team's status follows from what its agents do.
onFrames((frames, client) => {
  if (frames.some((frame) => frame.name === "agent.status"))
    soon("teams", () => void client.invalidateQueries({ queryKey: teamList.queryKey }), 200);
});
