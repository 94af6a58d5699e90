import type { Schema } from "../api/client";

export type Role = Schema<"PersonOut">["role"];

/** What the roles are called, and what each may, in a sentence. */
export const ROLES: Record<Role, { label: string; may: string }> = {
  viewer: { label: "Viewer", may: "Looks at everything here." },
  member: { label: "Member", may: "Also starts and steers runs, writes tasks and agents." },
  approver: { label: "Approver", may: "Also decides approvals." },
  admin: { label: "Admin", may: "Also changes people, keys, budgets, alerts and what is kept." },
};

export const ROLE_NAMES = Object.keys(ROLES) as Role[];
