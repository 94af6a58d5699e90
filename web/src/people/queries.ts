import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "../api/client";

/** The people whom work can be given to, by name. */
export const userList = queryOptions({
  queryKey: ["users"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/users", { params: { query: { limit: 200 } }, signal }))).data,
});

/** The reader's own session: their address, their role, and all tenants that they work in. Only for who is signed in. */
export const ownSession = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => ask(api.GET("/v1/session", { signal })),
});
