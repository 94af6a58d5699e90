import { api, ask } from "../api/client";
import { session } from "../session";
import { tell } from "../ui/tell";

/** Everything that is shown belongs to the tenant before: the page begins anew. */
export function switchTenant(tenant: string): void {
  if (tenant === session().me.tenant) return;
  ask(api.PUT("/v1/session/tenant", { body: { tenant } })).then(
    () => location.assign("/board"),
    tell(`${tenant} was not opened`),
  );
}

export function signOut(): void {
  ask(api.DELETE("/v1/session")).then(() => location.assign("/sign-in"), tell("You are still signed in"));
}
