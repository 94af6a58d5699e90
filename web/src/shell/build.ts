import { useEffect, useState } from "react";
import { useLiveState } from "../live/state";

const RELOADED = "flowforge.reloaded";
const AGAIN_MS_MIN = 60_000;

/** A part of a page that is gone from the server because a newer build took its place: the whole page is fetched anew, at the same address. Once. */
export function reloadForNewBuild(): void {
  addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
    if (Date.now() - last < AGAIN_MS_MIN) return; // it is not that: the page says what is wrong
    sessionStorage.setItem(RELOADED, String(Date.now()));
    event.preventDefault();
    location.reload();
  });
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
    void isNewBuild().then((isNew) => isNew && setFound(true));
  }, [connection.kind, away]);
  return found;
}

async function isNewBuild(): Promise<boolean> {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute("src");
  if (!entry) return false;
  const page = await fetch("/", { cache: "no-cache", headers: { accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .catch(() => "");
  return page.includes('id="root"') && !page.includes(entry);
}
