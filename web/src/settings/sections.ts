import { may, session } from "../session";

/** A part of the settings: `/settings/keys`. `words` are others that people look for it by. */
export type Section = {
  name: SectionName;
  label: string;
  group: "Workspace" | "You" | "This server";
  words: string;
  needs?: string;
};

export type SectionName =
  | "board"
  | "people"
  | "keys"
  | "secrets"
  | "policies"
  | "alerts"
  | "webhooks"
  | "retention"
  | "limits"
  | "privacy"
  | "account"
  | "appearance"
  | "inbox"
  | "tenants"
  | "about";

export const SECTIONS: readonly Section[] = [
  { name: "board", label: "Boards", group: "Workspace", words: "columns labels import export csv wip", needs: "tasks:read" },
  { name: "people", label: "People", group: "Workspace", words: "users roles invite invitations members", needs: "people:read" },
  { name: "keys", label: "API keys", group: "Workspace", words: "tokens scopes rotate revoke", needs: "keys:read" },
  { name: "secrets", label: "Secrets", group: "Workspace", words: "passwords provider openai anthropic", needs: "secrets:read" },
  { name: "policies", label: "Approval policies", group: "Workspace", words: "gates rules", needs: "policies:read" },
  { name: "alerts", label: "Alerts", group: "Workspace", words: "channels rules slack mail notify", needs: "alerts:read" },
  { name: "webhooks", label: "Webhooks", group: "Workspace", words: "endpoints deliveries outgoing", needs: "webhooks:read" },
  { name: "retention", label: "Retention", group: "Workspace", words: "kept delete days", needs: "retention:read" },
  {
    name: "limits",
    label: "Limits",
    group: "Workspace",
    words: "rates requests concurrency capacity models pauses",
    needs: "queue:read",
  },
  { name: "privacy", label: "Privacy", group: "Workspace", words: "erase erasure gdpr export subject", needs: "privacy:erase" },
  { name: "account", label: "Account", group: "You", words: "password second factor totp sessions recovery" },
  { name: "appearance", label: "Appearance", group: "You", words: "theme dark light density compact keys" },
  { name: "inbox", label: "Mail", group: "You", words: "inbox notifications digest" },
  { name: "tenants", label: "Tenants", group: "This server", words: "workspaces suspend switch", needs: "tenants:read" },
  { name: "about", label: "About", group: "This server", words: "version licence license workers queue status" },
];

/** The parts that the caller may look at. */
export function openSections(): Section[] {
  return SECTIONS.filter((section) => section.needs === undefined || may(section.needs));
}

/** Whether somebody is signed in. `flowforge dev` is open to its machine, and a key is nobody's account: then there is none to change. */
export function signedIn(): boolean {
  return session().me.csrf_token !== null;
}
