import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";
import { type RunState, statesAfter } from "../functions/run_state";
import { type Frame, family } from "../live/frame";
import { soon } from "../live/soon";
import { onFrames } from "../live/start";
import { type Pages, usePages } from "../ui/usePages";
import { type EventPages, withFreshPage } from "./fresh_page";
import { sinceMoment } from "./since";

export type ListedEvent = Schema<"ListedEventOut">;
export type EventDetails = Schema<"EventDetails">;
export type EventFilters = { name?: string; since?: string; test?: string };

const PAGE = 50;

/** What came in, the newest first. */
export function useEvents(filters: EventFilters): Pages<ListedEvent> {
  return usePages(["events", "list", filters], (cursor, signal) => eventPage(filters, cursor, signal));
}

function eventPage({ name, since, test }: EventFilters, cursor?: string, signal?: AbortSignal) {
  const query = {
    name: name === undefined || name.includes("*") ? name : `${name}*`,
    since: sinceMoment(since, Date.now()),
    test: test === undefined ? undefined : test === "only",
    limit: PAGE,
    cursor,
  };
  return ask(api.GET("/v1/events", { params: { query }, signal }));
}

/** One event with its data, and for each function that it concerns whether it ran and why not. `fn`: that function's answer alone. */
export function eventDetails(id: string, fn?: string) {
  return queryOptions({
    queryKey: ["events", "one", id, fn ?? null],
    queryFn: ({ signal }) =>
      ask(api.GET("/v1/events/{event_id}", { params: { path: { event_id: id }, query: { function: fn } }, signal })),
  });
}

/** The data of the newest event of a name, to send another one like it; null where there is none. */
export async function lastDataOf(name: string): Promise<unknown> {
  const page = await ask(api.GET("/v1/events", { params: { query: { name, limit: 1 } } }));
  const event = page.data[0];
  if (event === undefined) return null;
  return (await ask(api.GET("/v1/events/{event_id}", { params: { path: { event_id: event.event_id } } }))).data;
}

export type NewEvent = { name: string; data: Record<string, unknown>; id?: string };

export async function sendEvent(event: NewEvent): Promise<Schema<"EventOut">> {
  const accepted = await ask(api.POST("/v1/events", { body: { data: event.data, name: event.name, id: event.id ?? null } }));
  const [sent] = accepted.data;
  if (sent === undefined) throw new Error("The server took the event and did not name it.");
  return sent;
}

/** Fetch the first page of each list that is shown, and put what is new in front. What was read further down stays. */
async function freshenEvents(client: QueryClient): Promise<void> {
  const shown = client.getQueryCache().findAll({ queryKey: ["events", "list"], type: "active" });
  await Promise.all(
    shown.map(async ({ queryKey }) => {
      const fresh = await eventPage(queryKey[2] as EventFilters);
      client.setQueryData<EventPages>(queryKey, (held) => (held === undefined ? undefined : withFreshPage(held, fresh)));
    }),
  );
  await client.invalidateQueries({ queryKey: ["events", "list"], type: "inactive" });
}

// No frame tells of an event itself: that would cost every event a row. What it starts is told, and is what most look for.
onFrames((frames, client) => {
  // What cards do is told by frames of theirs; each is an event too.
  if (frames.some((frame) => isNewRun(frame) || family(frame) === "event" || family(frame) === "task"))
    soon("events", () => void freshenEvents(client).catch(() => {}));
  const states = statesAfter(frames);
  if (states.size === 0) return;
  for (const query of client.getQueryCache().findAll({ queryKey: ["events", "one"] })) {
    // What is on its way may be older than the frame: it is asked for once more.
    if (query.state.fetchStatus === "fetching")
      soon(query.queryHash, () => void client.invalidateQueries({ queryKey: query.queryKey }));
    const held = query.state.data as EventDetails | undefined;
    if (held === undefined) continue;
    const after = withRunStates(held, states);
    if (after !== held) client.setQueryData(query.queryKey, after);
    if (frames.some((frame) => isNewRun(frame) && mayBeOf(held, frame)))
      soon(query.queryHash, () => void client.invalidateQueries({ queryKey: query.queryKey }));
  }
});

/** The same event with the states that its runs have now; the very same where none of them changed. */
export function withRunStates(event: EventDetails, states: ReadonlyMap<string, RunState>): EventDetails {
  if (!event.runs.some((run) => (states.get(run.id) ?? run.state) !== run.state)) return event;
  return { ...event, runs: event.runs.map((run) => ({ ...run, state: states.get(run.id) ?? run.state })) };
}

function isNewRun(frame: Frame): boolean {
  return frame.name === "run.queued" || frame.name === "run.skipped";
}

/** A run that was begun later than the event came (by a debounce, a batch, a late match) is of a function that has no run yet. */
function mayBeOf(event: EventDetails, frame: Frame): boolean {
  return event.functions.some(
    (answer) =>
      answer.function === frame.data.function &&
      answer.runs.length === 0 &&
      (answer.outcome === "pending" || answer.outcome === "flow_control"),
  );
}
