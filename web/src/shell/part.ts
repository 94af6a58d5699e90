import { lazyRouteComponent as fetchedWhenShown, type RouteComponent } from "@tanstack/react-router";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { served } from "./build";

const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Fetch a part of the dashboard. While the server is away it is waited for: who asked for it loses nothing of what they see. */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await load();
    } catch (reason) {
      if ((await served()) !== "none") throw reason;
      await networkOr(AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)] ?? 15_000);
    }
  }
}

/** A page that is fetched when it is first shown. What stands there stays until it has come. */
export function lazyRouteComponent<Name extends string>(
  // biome-ignore lint/suspicious/noExplicitAny: a page takes what its route gives it
  load: () => Promise<Record<Name, any>>,
  name: Name,
): RouteComponent {
  return fetchedWhenShown(() => part(load), name);
}

/** A part of a page, a dialog, a tab that is fetched when it is first shown. */
// biome-ignore lint/suspicious/noExplicitAny: a part takes what its page gives it
export function lazyPart<Shown extends ComponentType<any>>(load: () => Promise<{ default: Shown }>): LazyExoticComponent<Shown> {
  return lazy(() => part(load));
}

function networkOr(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    addEventListener("online", go);
  });
}
