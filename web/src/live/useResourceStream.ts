import { useEffect, useRef, useState } from "react";
import { Connection, type ConnectionState } from "./connection";
import type { Frame } from "./frame";
import { Batch } from "./paint";

type Options = {
  /** `/v1/runs/run_…/stream`, or null while it is not known yet. */
  url: string | null;
  /** The `seq` of the snapshot that is shown; 0 for the whole story. */
  after: number;
  onFrames: (frames: Frame[]) => void;
  isLast?: (frame: Frame) => boolean;
};

/**
 * Follow one run, agent or task for as long as the page is looked at. A hidden page lets go of its line, so that many open pages never use up
 * the browser's connections, and goes on from its last frame when it is seen again.
 */
export function useResourceStream({ url, after, onFrames, isLast }: Options): ConnectionState {
  const [state, setState] = useState<ConnectionState>({ kind: "connecting" });
  const told = useRef(onFrames);
  const ends = useRef(isLast);
  useEffect(() => {
    told.current = onFrames;
    ends.current = isLast;
  });

  useEffect(() => {
    if (url === null) return;
    const batch = new Batch<Frame>((frames) => told.current(frames));
    const connection = new Connection({
      url,
      after,
      onFrame: (frame) => batch.add(frame),
      onState: setState,
      isLast: (frame) => ends.current?.(frame) ?? false,
    });
    const look = () => {
      if (connection.state.kind === "ended") return;
      if (document.visibilityState === "hidden") connection.close();
      else connection.open();
    };
    const hurry = () => connection.hurry();
    const lose = () => connection.lose();
    look();
    document.addEventListener("visibilitychange", look);
    addEventListener("online", hurry);
    addEventListener("offline", lose);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", hurry);
      removeEventListener("offline", lose);
      connection.close();
      batch.drop();
    };
  }, [url, after]);

  return state;
}
