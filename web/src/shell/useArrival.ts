import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { isWorthRemembering, rememberPage } from "./recent";

const SETTLED_MS = 400;

/**
 * What a new page does that a browser would do by itself: its name is said to who cannot see it, and the keyboard goes on from its top,
 * unless it is in a field or in a list of the page that stayed. Returns what is to be said.
 */
export function useArrival(): string {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const href = useRouterState({ select: (state) => state.location.href });
  const first = useRef(true);
  const [said, setSaid] = useState("");

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new path is a new page; the rest of the address only narrows it
  useEffect(() => {
    const begun = first.current;
    first.current = false;
    // The page sets its title once it is there; until then the old one stands.
    const timer = setTimeout(() => {
      const title = document.title.replace(/ · FlowForge$/, "");
      if (isWorthRemembering(path)) rememberPage({ href: withoutActs(href), title });
      if (begun) return;
      setSaid(title);
      if (isAdrift(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true });
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [path]);

  return said;
}

/** The focus was on what is gone, or on the link that led here. */
function isAdrift(at: Element | null): boolean {
  return at === null || at === document.body || at.closest("#sidebar") !== null;
}

/** An address that opens a form would open it again. */
function withoutActs(href: string): string {
  const [path = "/", search = ""] = href.split("?");
  const kept = new URLSearchParams(search);
  kept.delete("new");
  kept.delete("send");
  return kept.size === 0 ? path : `${path}?${kept}`;
}
