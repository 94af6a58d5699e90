import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schema } from "../api/client";

/** The people whom work can be given to, by name. */
export const userList = queryOptions({
  queryKey: ["users", "all"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/users", { params: { query: { limit: 200 } }, signal }))).data,
});

/** The reader's own session: their address, their role, and all tenants that they work in. Only for who is signed in. */
export const ownSession = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => ask(api.GET("/v1/session", { signal })),
});

export type Person = Schema<"PersonOut">;
export type Invitation = Schema<"InvitationOut">;

export const PEOPLE = ["people"] as const;
export const INVITATIONS = ["invitations"] as const;
export const USERS = ["users"] as const;
export const USER_PAGES = ["users", "pages"] as const;

export const fetchPeople = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/people", { params: { query: { cursor, limit: 100 } }, signal }));

export const fetchInvitations = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/invitations", { params: { query: { cursor, limit: 100 } }, signal }));

export const fetchUsers = (cursor: string | undefined, signal: AbortSignal) =>
  ask(api.GET("/v1/users", { params: { query: { cursor, limit: 100 } }, signal }));
