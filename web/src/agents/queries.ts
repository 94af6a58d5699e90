import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { newsIn } from "./agent_news";

type Agent = Schema<"AgentOut">;

const PAGE = 200;
const PAGES_MAX = 10;

/** All agents by name, the archived ones too, with what each of them does now. */
export const agentList = queryOptions({
  queryKey: ["agents", "all"],
  queryFn: async ({ signal }) => {
    const found: Agent[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { data, next_cursor } = await ask(api.GET("/v1/agents", { params: { query: { limit: PAGE, cursor } }, signal }));
      found.push(...data);
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    return found;
  },
});

/** Beyond so many the whole list is one request instead of theirs. */
const EACH_MAX = 5;
const STATUS_MS = 80;
/** What a call cost is stored a moment after it is told of. */
const SPEND_MS = 1_000;

const doing = new Set<string>();
const spending = new Set<string>();
let isAllStale = false;

onFrames((frames, client) => {
  if (client.getQueryState(agentList.queryKey) === undefined) return;
  const news = newsIn(frames, client.getQueryData(agentList.queryKey) ?? []);
  for (const id of news.doing) doing.add(id);
  for (const id of news.spending) spending.add(id);
  isAllStale ||= news.all;
  if (news.all || news.doing.size > 0) soon("agents", () => void refresh(client, doing), STATUS_MS);
  if (news.spending.size > 0) soon("spend of agents", () => void refresh(client, spending), SPEND_MS);
});

async function refresh(client: QueryClient, ids: Set<string>): Promise<void> {
  const asked = [...ids];
  const whole = isAllStale || asked.length > EACH_MAX;
  ids.clear();
  isAllStale = false;
  const fresh = whole ? null : await Promise.all(asked.map(fetchAgent)).catch(() => null);
  if (fresh === null) return client.invalidateQueries({ queryKey: agentList.queryKey });
  client.setQueryData(agentList.queryKey, (held) => held?.map((one) => newer(one, fresh)));
}

function fetchAgent(agent: string): Promise<Agent> {
  return ask(api.GET("/v1/agents/{agent}", { params: { path: { agent } } }));
}

/** Answers may come in another order than they were asked for: `seq` grows with what an agent does. */
function newer(held: Agent, fresh: readonly Agent[]): Agent {
  const found = fresh.find((one) => one.id === held.id);
  return found !== undefined && found.seq >= held.seq ? found : held;
}
