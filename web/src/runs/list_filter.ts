import type { Schema } from "../api/client";

export type Run = Schema<"RunOut">;
export type RunFilter = {
  state?: Run["state"];
  function?: string;
  error_type?: string;
  q?: string;
  since?: string;
  until?: string;
  dismissed?: boolean;
  test?: boolean;
  /** By its name. */
  agent?: string;
};
/** The filter as it stands in the address: `?state=failed&fn=order.ship&since=24h`. */
export type RunSearch = {
  state?: string;
  fn?: string;
  since?: string;
  until?: string;
  q?: string;
  error?: string;
  dismissed?: string;
  test?: string;
  agent?: string;
};

export const STATES = [
  "queued",
  "running",
  "sleeping",
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "skipped",
] as const satisfies readonly Run["state"][];

const AGES_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the API is asked for. `24h` and `7d` are counted from `now`; whole moments stand as they are; what is neither is left out. */
export function filterOf(search: RunSearch, now: number): RunFilter {
  return {
    state: STATES.find((one) => one === search.state),
    function: search.fn,
    error_type: search.error,
    q: search.q,
    since: moment(search.since, now),
    until: moment(search.until, now),
    dismissed: yesOrNo(search.dismissed),
    test: yesOrNo(search.test),
    agent: search.agent,
  };
}

/** Whether a run belongs to the list of that filter, as far as can be seen here. */
export function fits(run: Run, filter: RunFilter): boolean {
  return (
    (filter.state === undefined || run.state === filter.state) &&
    (filter.function === undefined || run.function === filter.function) &&
    (filter.error_type === undefined || run.error?.type === filter.error_type) &&
    (filter.q === undefined ||
      JSON.stringify(run.error ?? "")
        .toLowerCase()
        .includes(filter.q.toLowerCase())) &&
    (filter.since === undefined || run.created_at >= filter.since) &&
    (filter.until === undefined || run.created_at <= filter.until) &&
    (filter.dismissed === undefined || (run.dismissed_at !== null) === filter.dismissed) &&
    (filter.test === undefined || run.test === filter.test) &&
    (filter.agent === undefined || run.agent === filter.agent)
  );
}

function moment(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const age = /^(\d+)([mhd])$/.exec(text);
  if (age !== null) return new Date(now - Number(age[1]) * (AGES_MS[age[2] ?? "h"] ?? 0)).toISOString();
  const given = Date.parse(text);
  return Number.isNaN(given) ? undefined : new Date(given).toISOString();
}

function yesOrNo(text: string | undefined): boolean | undefined {
  return text === "yes" ? true : text === "no" ? false : undefined;
}
