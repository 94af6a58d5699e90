import type { InfiniteData } from "@tanstack/react-query";
import type { Schema } from "../api/client";
import { fits, type Run, type RunFilter } from "./list_filter";

export type RunPages = InfiniteData<Schema<"RunPage">, string | undefined>;

/** The pages with these runs as they are now. New ones that fit stand in front, the newest first; what is shown stays where it is. */
export function withRuns(held: RunPages, runs: readonly Run[], filter: RunFilter): RunPages {
  const now = new Map(runs.map((run) => [run.id, run]));
  const known = new Set<string>();
  let changed = false;
  const pages = held.pages.map((page) => {
    const data = page.data.map((run) => {
      known.add(run.id);
      const fresh = now.get(run.id);
      if (fresh === undefined) return run;
      changed = true;
      return fresh;
    });
    return { ...page, data };
  });
  const newest = held.pages[0]?.data[0]?.id ?? "";
  // Ids grow with time: what is older than the first row belongs to a page that is not fetched, or has not fitted until now.
  const added = runs.filter((run) => !known.has(run.id) && run.id > newest && fits(run, filter));
  const first = pages[0];
  if (first !== undefined && added.length > 0) {
    changed = true;
    pages[0] = { ...first, data: [...added.sort((one, other) => (one.id < other.id ? 1 : -1)), ...first.data] };
  }
  return changed ? { ...held, pages } : held;
}

/** The pages with the first one as it is now. Where more came than a page holds the list begins anew: a gap would not be seen. */
export function withFirstPage(held: RunPages, fresh: Schema<"RunPage">, filter: RunFilter): RunPages {
  const known = new Set(held.pages.flatMap((page) => page.data.map((run) => run.id)));
  const meets = fresh.next_cursor == null || fresh.data.some((run) => known.has(run.id));
  if (!meets || held.pages.length === 0) return { pages: [fresh], pageParams: [undefined] };
  return withRuns(held, fresh.data, filter);
}

/** The pages with new states of runs, as frames told them, until the runs are fetched. */
export function withStates(held: RunPages, states: ReadonlyMap<string, Run["state"]>): RunPages {
  let changed = false;
  const pages = held.pages.map((page) => ({
    ...page,
    data: page.data.map((run) => {
      const state = states.get(run.id);
      if (state === undefined || state === run.state) return run;
      changed = true;
      return { ...run, state };
    }),
  }));
  return changed ? { ...held, pages } : held;
}

/** The pages without these runs: they were deleted. */
export function withoutRuns(held: RunPages, ids: ReadonlySet<string>): RunPages {
  return { ...held, pages: held.pages.map((page) => ({ ...page, data: page.data.filter((run) => !ids.has(run.id)) })) };
}
