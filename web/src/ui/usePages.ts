import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

export type ListPage<T> = { data: T[]; next_cursor?: string | null };

/** A list that comes page by page: `rows` is undefined until the first page is in. */
export type Pages<T> = {
  rows: T[] | undefined;
  failure: unknown;
  retry: () => void;
  hasMore: boolean;
  loadingMore: boolean;
  more: () => void;
};

/**
 * Follow a list's cursors. What is cached under the key is `{ pages: ListPage<T>[], pageParams }`, for whoever patches it.
 *
 *     const runs = usePages(["runs", filters], (cursor, signal) => ask(api.GET("/v1/runs", { params: { query: { ...filters, cursor } }, signal })));
 */
export function usePages<T>(
  queryKey: QueryKey,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<T>>,
  enabled = true,
): Pages<T> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.data), [query.data]);
  return {
    rows,
    failure: query.error,
    retry: () => void query.refetch(),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
  };
}
