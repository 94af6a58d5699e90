import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";

/** All boards that are not archived, with their columns. */
export const boardList = queryOptions({
  queryKey: ["boards"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/boards", { params: { query: { limit: 200 } }, signal }))).data,
});
