import { useSyncExternalStore } from "react";
import { isSignedOut, whenSignChanges } from "../api/client";
import styles from "./SignedOut.module.css";

/** The session is over. The page stays as it is, with what was typed into it, until its reader has signed in again elsewhere. */
export function SignedOut() {
  const out = useSyncExternalStore(whenSignChanges, isSignedOut);
  if (!out) return null;
  return (
    <div className={styles.banner} role="alert">
      You are signed out.{" "}
      <a href={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`} target="_blank" rel="noreferrer">
        Sign in again
      </a>{" "}
      in a new tab, then go on here: nothing that you wrote is lost.
    </div>
  );
}
