import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";

/** The people whom work can be given to, by name. */
export const userList = queryOptions({
  queryKey: ["users"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/users", { params: { query: { limit: 200 } }, signal }))).data,
});
