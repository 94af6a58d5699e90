import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { Problem } from "../api/problem";
import { sinceMoment } from "../events/since";
import { session } from "../session";
import { canHash } from "./bytes";
import { type Consistency, checkBegins, checkGrowth, type Grown } from "./chain";
import { type Entry, type EntryPages, type Filters, fits, withEntries } from "./follow";
import { readHead, type SentKey } from "./head";
import { keep, recall } from "./memory";
import { type Proof, type Proved, proveEntry } from "./proof";
import { Refused } from "./refusal";

const PAGE = 100;
const LIST = ["audit", "list"] as const;
const EARLIER = 50;

export function listKey(filters: Filters) {
  return [...LIST, filters] as const;
}

/** One page of entries, the newest first. */
export async function listPage(
  filters: Filters,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Schema<"AuditEntryPage">> {
  const { actor, action, target, q, since, until } = filters;
  const query = {
    principal: actor,
    action,
    target,
    text: q,
    since: sinceMoment(since, Date.now()) ?? (since?.includes("T") ? since : undefined),
    until,
    limit: PAGE,
    cursor,
  };
  return ask(api.GET("/v1/audit", { params: { query }, signal }));
}

/**
 * From where the log is followed: behind the last entry that has a position. It is asked for before any list, so that what comes in between
 * is told by the stream, and it stays known for as long as a list does.
 */
export const tail = queryOptions({
  queryKey: ["audit", "tail"],
  queryFn: async ({ signal }) => {
    const { data } = await ask(api.GET("/v1/audit", { params: { query: { limit: EARLIER } }, signal }));
    return data.find((entry) => entry.position !== null)?.position ?? -1;
  },
  gcTime: Number.POSITIVE_INFINITY,
});

/** Put entries that came into every list that is held, where they belong there. */
export function takeEntries(client: QueryClient, entries: readonly Entry[]): void {
  for (const query of client.getQueryCache().findAll({ queryKey: LIST })) {
    const wanted = entries.filter((entry) => fits(entry, query.queryKey[LIST.length] as Filters));
    if (wanted.length > 0) client.setQueryData<EntryPages>(query.queryKey, (held) => held && withEntries(held, wanted));
  }
  const last = Math.max(...entries.map((entry) => entry.position ?? -1));
  client.setQueryData<number>(tail.queryKey, (held) => Math.max(held ?? -1, last));
}

/** What looking at a proof has come to: `waiting` for a head that covers it; `unable`: this browser has no cryptography here. */
export type Verdict<Found> =
  | { kind: "held"; found: Found }
  | { kind: "refused"; why: string }
  | { kind: "waiting" }
  | { kind: "unable" };

/** An entry, and whether this browser could prove that it is in the log. */
export function entryOf(id: string) {
  return queryOptions({
    queryKey: ["audit", "entry", id],
    queryFn: async ({ signal }) => {
      const entry = await ask(api.GET("/v1/audit/{entry}", { params: { path: { entry: id } }, signal }));
      return { entry, verdict: await verdictOf(entry.proof as Proof | null, (proof) => tied(entry, proof)) };
    },
  });
}

/** An entry's proof, and that the head behind it belongs to the log that this browser has seen before. */
async function tied(entry: Entry, proof: Proof): Promise<Proved> {
  const proved = await proveEntry(entry, proof);
  const seen = recall(session().me.tenant)?.newest;
  if (seen !== undefined && seen.log === proved.log) await checkBegins(proved.head, readHead(seen.sent), consistencyOf);
  return proved;
}

/** Whether the log only grew since this browser first saw it. */
export const chain = queryOptions({
  queryKey: ["audit", "chain"],
  queryFn: async ({ signal }) => {
    const [heads, keys] = await Promise.all([
      ask(api.GET("/v1/audit/heads", { params: { query: { limit: 1 } }, signal })),
      ask(api.GET("/v1/audit/keys", { signal })),
    ]);
    return verdictOf(heads.data[0] ?? null, (newest) => grown(newest, keys.data));
  },
});

async function grown(newest: Schema<"HeadOut">, keys: readonly SentKey[]): Promise<Grown> {
  const { tenant } = session().me;
  const memory = recall(tenant);
  const found = await checkGrowth({ newest, keys }, memory?.oldest ?? null, consistencyOf);
  if (found.kind === "other") return found;
  if (memory !== null) await checkBegins(readHead(memory.newest.sent), found.newest, consistencyOf);
  remember(found, memory?.oldest);
  return found;
}

/** Keep the newest head as one that this browser has seen; the first one of the log stays. */
export function remember(found: Grown, oldest = seenNow(found)): void {
  keep(session().me.tenant, { oldest, newest: seenNow(found) });
}

function seenNow(found: Grown) {
  const { head, signature } = found.newest.sent;
  return { sent: { head, signature }, log: found.log, seen: new Date().toISOString() };
}

async function consistencyOf(first: number, second: number): Promise<Consistency | null> {
  try {
    return await ask(api.GET("/v1/audit/consistency", { params: { query: { first, second } } }));
  } catch (reason) {
    if (reason instanceof Problem && reason.status === 404) return null;
    throw reason;
  }
}

async function verdictOf<Given, Found>(
  given: Given | null | undefined,
  check: (given: Given) => Promise<Found>,
): Promise<Verdict<Found>> {
  if (given === null || given === undefined) return { kind: "waiting" };
  if (!canHash()) return { kind: "unable" };
  try {
    return { kind: "held", found: await check(given) };
  } catch (reason) {
    if (reason instanceof Problem) throw reason;
    return { kind: "refused", why: reason instanceof Refused ? reason.message : `It cannot be read: ${String(reason)}` };
  }
}

/** Entries about the same thing up to an entry, the newest first: what it was before. */
export function earlierThan(entry: Entry, enabled: boolean) {
  return queryOptions({
    queryKey: ["audit", "earlier", entry.id],
    queryFn: async ({ signal }) =>
      (
        await ask(
          api.GET("/v1/audit", {
            params: { query: { target: entry.target.name ?? undefined, until: entry.at, limit: EARLIER } },
            signal,
          }),
        )
      ).data,
    enabled: enabled && entry.target.name !== null,
  });
}

export const auditKeys = queryOptions({
  queryKey: ["audit", "keys"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/audit/keys", { signal }))).data,
});

export const auditAnchors = queryOptions({
  queryKey: ["audit", "anchors"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/audit/anchors", { signal }))).data,
});
