import type { LinkProps } from "@tanstack/react-router";
import type { Schema } from "../api/client";

type Entry = Schema<"AuditEntryOut">;

/** What an act was done to, as people call it: a name where the entry has one, else the end of its id. */
export function targetName({ target, detail }: Pick<Entry, "target" | "detail">): string {
  if (target.name === null) return "erased";
  const said = detail?.name;
  if (typeof said === "string" && /^[a-z]{2,4}_[0-9a-f]{32}$/.test(target.name)) return said;
  return target.name.replace(/^([a-z]{2,4})_[0-9a-f]{24}([0-9a-f]{4})([0-9a-f]{4})$/, "$2_$3");
}

/** Where that is shown, if it is. */
export function targetLink({ target, action }: Pick<Entry, "target" | "action">): LinkProps | undefined {
  const name = target.name;
  if (name === null || action.endsWith(".delete")) return undefined;
  switch (target.kind) {
    case "task":
      return { to: "/board/$key", params: { key: name } };
    case "agent":
      return { to: "/agents/$name", params: { name } };
    case "run":
      return { to: "/runs/$id", params: { id: name } };
    case "approval":
      return { to: "/approvals/$id", params: { id: name } };
    case "skill":
      return { to: "/skills/$name", params: { name } };
    case "tool":
      return { to: "/tools", search: { tool: name } };
    case "budget":
      return { to: "/costs", search: { view: "budgets" } };
    case "model":
      return { to: "/costs", search: action.startsWith("price.") ? { view: "prices", price: name } : { view: "limits" } };
    case "audit_key":
      return { to: "/audit", search: { view: "heads" } };
    default:
      return undefined;
  }
}
