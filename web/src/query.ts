import { type InvalidateOptions, type InvalidateQueryFilters, QueryClient } from "@tanstack/react-query";
import { Problem } from "./api/problem";

/**
 * What becomes stale while it is fetched for the first time is fetched once more. The library would take the first answer for fresh, though
 * what the stream told of may be newer than it.
 */
export class LiveQueryClient extends QueryClient {
  override invalidateQueries(filters?: InvalidateQueryFilters, options?: InvalidateOptions): Promise<void> {
    const first = this.getQueryCache()
      .findAll(filters)
      .filter((query) => query.state.fetchStatus === "fetching" && query.state.data === undefined);
    for (const query of first) {
      const again = () => void super.invalidateQueries({ queryKey: query.queryKey, exact: true }, options);
      query.promise?.then(again, () => {});
    }
    return super.invalidateQueries(filters, options);
  }
}

/** What was fetched stays true until the stream says otherwise: nothing is asked again by the clock or because a window got the focus. */
export const queryClient = new LiveQueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, reason) => failures < 3 && (!(reason instanceof Problem) || reason.status === 0 || reason.status >= 500),
      retryDelay: (failures, reason) =>
        reason instanceof Problem && reason.retryAfter ? reason.retryAfter * 1000 : 500 * 2 ** failures,
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});
