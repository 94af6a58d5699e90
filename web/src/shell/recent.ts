import { session } from "../session";

/** A page that was looked at: its address and what it is called. */
export type Recent = { href: string; title: string };

const KEPT_MAX = 8;

/** The pages that were looked at last, in this browser, for this tenant: the newest first. */
export function recentPages(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name()) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecent) : [];
  } catch {
    return [];
  }
}

export function rememberPage(page: Recent): void {
  const kept = [page, ...recentPages().filter((one) => one.href !== page.href)].slice(0, KEPT_MAX);
  try {
    localStorage.setItem(name(), JSON.stringify(kept));
  } catch {
    // Storage is full or blocked: nothing is remembered.
  }
}

/** A page of the sidebar is one key away: only what lies behind them is worth remembering. */
export function isWorthRemembering(path: string): boolean {
  return path.split("/").filter(Boolean).length > 1;
}

function name(): string {
  return `flowforge.recent:${session().me.tenant}`;
}

function isRecent(value: unknown): value is Recent {
  if (typeof value !== "object" || value === null) return false;
  const { href, title } = value as Record<string, unknown>;
  return typeof href === "string" && href.startsWith("/") && !href.startsWith("//") && typeof title === "string";
}
