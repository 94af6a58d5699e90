import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { type Frame, family, text } from "../live/frame";
import { paced } from "../live/pace";
import { onFrames } from "../live/start";
import { may } from "../session";
import type { Approval } from "./approval";
import { asKnown, ended, patchApprovals, patchWaiting, rememberEnd } from "./shelf";

/** Which approvals a list holds. */
export type Wish = { tool?: string; effect?: Effect; agent?: string; task?: string; run?: string };
export type Effect = "read" | "write" | "money" | "outside";

/** How many approvals wait, and how many of them for the reader: none, where they may not decide. */
export const approvalCounts = queryOptions({
  queryKey: ["approvals", "counts"],
  queryFn: async ({ signal }) => {
    const counts = await ask(api.GET("/v1/approvals/counts", { signal }));
    return may("approvals:decide") ? counts : { ...counts, mine: 0 };
  },
});

/** A page of what waits: for the reader (`mine`), or for anybody. */
export async function waitingPage(wish: Wish, mine: boolean, cursor: string | undefined, signal: AbortSignal) {
  const query = { ...wish, state: "pending", mine, limit: PAGE, cursor } as const;
  const page = await ask(api.GET("/v1/approvals", { params: { query }, signal }));
  return { ...page, data: page.data.map(asKnown) };
}

export const waitingKey = (wish: Wish, mine: boolean) => ["approvals", "waiting", mine ? "mine" : "all", wish];

/** One approval with how others like it were decided, by its id or an ending of it. */
export function oneApproval(id: string) {
  return queryOptions({
    queryKey: ["approvals", "one", id],
    queryFn: async ({ signal, client }) => {
      const found = asKnown(await ask(api.GET("/v1/approvals/{approval_id}", { params: { path: { approval_id: id } }, signal })));
      // Asked for by its ending, it is not asked for again by its id.
      if (found.id !== id) client.setQueryData(["approvals", "one", found.id], found);
      if (found.state !== "pending") patchWaiting(client, found.id, () => found);
      return found;
    },
  });
}

export type Ended = { data: Approval[]; days: number };

/** What was decided in the last seven days. Where that is too much to look at, of the last day. */
export function endedApprovals(wish: Wish) {
  return queryOptions({
    queryKey: ["approvals", "ended", wish],
    queryFn: async ({ signal }): Promise<Ended> => {
      const week = await since(7, wish, signal);
      return week.all ? { data: week.data, days: 7 } : { data: (await since(1, wish, signal)).data, days: 1 };
    },
  });
}

const PAGE = 100;
const ENDED_PAGES_MAX = 10;

async function since(days: number, wish: Wish, signal: AbortSignal): Promise<{ data: Approval[]; all: boolean }> {
  const data: Approval[] = [];
  const from = new Date(Date.now() - days * 86_400_000).toISOString();
  let cursor: string | undefined;
  for (let page = 0; page < ENDED_PAGES_MAX; page += 1) {
    const found = await ask(
      api.GET("/v1/approvals", { params: { query: { ...wish, since: from, limit: 200, cursor } }, signal }),
    );
    data.push(...found.data.filter((one) => one.state !== "pending"));
    if (!found.next_cursor) return { data, all: true };
    cursor = found.next_cursor;
  }
  return { data, all: false };
}

/** The function whose run asked: approvals of agents name the agent, those of functions only the run. */
export function askingFunction(run: string) {
  return queryOptions({
    queryKey: ["approvals", "asking", run],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/runs/{run_id}", { params: { path: { run_id: run } }, signal }))).function,
  });
}

/** Who decides for whom while they are away. */
export const delegationList = queryOptions({
  queryKey: ["approvals", "delegations"],
  queryFn: async ({ signal }) =>
    (await ask(api.GET("/v1/approval_delegations", { params: { query: { limit: 200 } }, signal }))).data,
});

/** What need not be asked about again: what still holds, or all of it. */
export function grantList(holds: boolean) {
  return queryOptions({
    queryKey: ["approvals", "grants", holds],
    queryFn: async ({ signal }) =>
      (await ask(api.GET("/v1/grants", { params: { query: { limit: 200, ...(holds ? { holds } : {}) } }, signal }))).data,
  });
}

/** Tools that ask first, and the rules that say so. */
export const gates = queryOptions({
  queryKey: ["approvals", "gates"],
  queryFn: async ({ signal }) => {
    const [tools, written, published] = await Promise.all([
      ask(api.GET("/v1/tools", { params: { query: { limit: 200 } }, signal })).catch(nothing),
      ask(api.GET("/v1/policies", { params: { query: { limit: 200 } }, signal })).catch(nothing),
      ask(api.GET("/v1/policies/published", { signal })).catch(nothing),
    ]);
    return { tools: tools.data, policies: [...published.data, ...written.data] };
  },
});

/** What the reader may not see is not there for them. */
function nothing(reason: unknown): { data: [] } {
  if (reason instanceof Problem && reason.status === 403) return { data: [] };
  throw reason;
}

/** The first of a burst is asked at once, the others together. */
const PACE = { first: 0, every: 400 };
let refreshes: Record<"counts" | "waiting" | "ended" | "elsewhere", () => void> | null = null;
/** What other rooms ask for under our name: what waits of a card, of a task, of a run. */
const ELSEWHERE = new Set<unknown>(["by task", "of task", "of run"]);

function refreshesOf(client: QueryClient) {
  const refresh = (what: string) => paced(() => void client.invalidateQueries({ queryKey: ["approvals", what] }), PACE);
  const elsewhere = paced(
    () =>
      void client.invalidateQueries({ predicate: ({ queryKey: [room, what] }) => room === "approvals" && ELSEWHERE.has(what) }),
    PACE,
  );
  refreshes ??= { counts: refresh("counts"), waiting: refresh("waiting"), ended: refresh("ended"), elsewhere };
  return refreshes;
}

/** Something was decided here: what is shown of it follows the answer at once, and the numbers follow the server. */
export function tookAnswer(client: QueryClient, answer: Approval): void {
  if (answer.state !== "pending") rememberEnd(answer.id, () => answer);
  patchApprovals(client, answer.id, () => answer);
  const { counts, ended } = refreshesOf(client);
  counts();
  ended();
}

onFrames((frames, client) => {
  const told = frames.filter((frame) => family(frame) === "approval");
  if (told.length === 0) return;
  for (const frame of told) hear(frame, client);
  const { counts, waiting, ended, elsewhere } = refreshesOf(client);
  counts();
  elsewhere();
  // What was decided is patched where it stands; only what is new, or is for somebody else now, needs asking.
  if (told.some((frame) => /requested|escalated|voted/.test(frame.name))) waiting();
  if (told.some((frame) => /decided|expired/.test(frame.name))) ended();
});

function hear(frame: Frame, client: QueryClient): void {
  const id = text(frame, "approval");
  if (id === undefined || frame.name === "approval.requested") return;
  if (frame.name === "approval.decided" || frame.name === "approval.expired") {
    const end = (approval: Approval) => ended(approval, frame);
    rememberEnd(id, end);
    patchApprovals(client, id, end);
  }
  void client.invalidateQueries({
    predicate: ({ queryKey, state }) =>
      queryKey[0] === "approvals" && queryKey[1] === "one" && (state.data as Approval | undefined)?.id === id,
  });
}
