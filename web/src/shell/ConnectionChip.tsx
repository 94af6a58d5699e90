import { setPaused } from "../live/start";
import { type LiveState, useLiveState } from "../live/state";
import { useNow } from "../ui/now";
import styles from "./ConnectionChip.module.css";

/** Whether what is on the screen is what is so. A click, or space, holds the screen still. */
export function ConnectionChip() {
  const state = useLiveState();
  const now = useNow();
  const { tone, word } = told(state, now);
  const pausable = state.connection.kind === "live" || state.paused;
  return (
    <button
      type="button"
      className={`${styles.chip} ${styles[tone]}`}
      onClick={() => pausable && setPaused(!state.paused)}
      aria-label={`Live updates: ${word}${pausable ? (state.paused ? ". Go on" : ". Pause") : ""}`}
      title={pausable ? (state.paused ? "Go on (space)" : "Pause (space)") : undefined}
    >
      <span className={styles.dot} aria-hidden="true" />
      {word}
    </button>
  );
}

function told({ connection, paused, held, caughtUp }: LiveState, now: number): { tone: string; word: string } {
  if (paused) return { tone: "still", word: held === 0 ? "paused" : `paused · ${held} new` };
  switch (connection.kind) {
    case "live":
      return { tone: "live", word: caughtUp === 0 ? "live" : `live · caught up ${caughtUp} event${caughtUp === 1 ? "" : "s"}` };
    case "reconnecting": {
      const seconds = Math.ceil((connection.retryAt - now) / 1_000);
      return { tone: "lost", word: seconds > 0 ? `reconnecting ${seconds} s` : "reconnecting" };
    }
    case "signed-out":
      return { tone: "lost", word: "signed out" };
    case "refused":
      return { tone: "still", word: "not live" };
    case "closed":
      return { tone: "still", word: "resting" };
    default:
      return { tone: "still", word: "connecting" };
  }
}
