import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";

/** The functions that workers have published. */
export const functionList = queryOptions({
  queryKey: ["functions"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/functions", { params: { query: { limit: 200 } }, signal }))).data,
});
