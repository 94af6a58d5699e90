import { useEffect, useState } from "react";
import { whenSignedOut } from "../api/client";
import { Problem } from "../api/problem";
import { hurryLive } from "../live/start";
import { useLiveState } from "../live/state";
import { queryClient } from "../query";
import { beginSession, session, signInAddress } from "../session";
import { Button } from "../ui/Button";
import styles from "./Banners.module.css";
import { useNewBuild } from "./build";
import { CodeBanner } from "./CodeBanner";

/** What concerns the whole page: it is signed out, a newer one is served, or the newest code is not. */
export function Banners() {
  const out = useSignedOut();
  const newer = useNewBuild();
  return (
    <>
      {out !== null && (
        <div className={`${styles.banner} ${styles.out}`} role="alert">
          <p>
            You are signed out.{" "}
            <a href={signInAddress()} target="_blank" rel="noreferrer">
              Sign in again in a new tab
            </a>
            , then go on here: nothing that you wrote is lost.
          </p>
          <Button size="small" onClick={out.goOn}>
            I have signed in
          </Button>
        </div>
      )}
      {newer && out === null && (
        <div className={styles.banner} role="status">
          <p>The server has a newer dashboard.</p>
          <Button size="small" onClick={() => location.reload()}>
            Load it
          </Button>
        </div>
      )}
      <CodeBanner />
    </>
  );
}

/** The session is over. The page stays as it is, with what was typed into it, until its reader has signed in again elsewhere. */
function useSignedOut(): { goOn: () => void } | null {
  const [refused, setRefused] = useState(false);
  const { connection } = useLiveState();
  const out = refused || connection.kind === "signed-out";
  useEffect(() => {
    whenSignedOut(() => setRefused(true));
    return () => whenSignedOut(() => {});
  }, []);
  useEffect(() => {
    if (!out) return;
    const look = () => document.visibilityState === "visible" && void goOn(() => setRefused(false));
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look); // signed in in another window, this one was to be seen all the time
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
    };
  }, [out]);
  return out ? { goOn: () => void goOn(() => setRefused(false)) } : null;
}

/**
 * What was refused meanwhile is fetched. Who came back as somebody else, or to another tenant, gets a fresh page: nothing of the one before
 * may stand in it.
 */
async function goOn(welcome: () => void): Promise<void> {
  const before = session().me;
  try {
    const { me } = await beginSession();
    if (me.name !== before.name || me.tenant !== before.tenant) return location.reload();
    welcome();
    hurryLive();
    void queryClient.invalidateQueries({ predicate: ({ state }) => state.error instanceof Problem && state.error.isSignedOut });
  } catch (reason) {
    if (!(reason instanceof Problem)) throw reason;
  }
}
