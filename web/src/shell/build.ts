import { useEffect, useState } from "react";
import { useLiveState } from "../live/state";

const RELOADED = "flowforge.reloaded";
const AGAIN_MS_MIN = 60_000;

/**
 * A part of a page that is gone from the server because a newer build took its place: the whole page is fetched anew, at the same address.
 * Once. Where the server is only away, that would put the browser's own words in the place of what is shown.
 */
export function reloadForNewBuild(): void {
  addEventListener("vite:preloadError", () => void reloadIfNew());
}

async function reloadIfNew(): Promise<void> {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < AGAIN_MS_MIN) return; // it is not that: the page says what is wrong
  if ((await served()) !== "another") return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

/** Whether the server hands out another build than the one that is shown. Asked when the stream has been away, for then it may have been restarted. */
export function useNewBuild(): boolean {
  const { connection } = useLiveState();
  const [away, setAway] = useState(false);
  const [found, setFound] = useState(false);
  useEffect(() => {
    if (connection.kind === "reconnecting") setAway(true);
    if (connection.kind !== "live" || !away) return;
    setAway(false);
    void served().then((build) => build === "another" && setFound(true));
  }, [connection.kind, away]);
  return found;
}

/** Which build the server hands out: this one, another one, or none, because it is away. */
export async function served(): Promise<"this" | "another" | "none"> {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute("src");
  const page = await fetch("/", { cache: "no-cache", headers: { accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .catch(() => "");
  if (!page.includes('id="root"')) return "none";
  return entry && !page.includes(entry) ? "another" : "this";
}
