import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./api/problem";

/** What was fetched stays true until the stream says otherwise: nothing is asked again by the clock or because a window got the focus. */
export const queryClient = new QueryClient({
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
