import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Frame } from "../live/frame";
import { useLiveState } from "../live/state";
import { useResourceStream } from "../live/useResourceStream";
import type { Entry } from "./follow";
import { tail, takeEntries } from "./queries";

/** Follow the log for as long as it is looked at. Held still, it counts what comes, and shows it when it goes on. */
export function useFollow(): { held: number; live: boolean; ready: boolean; failure: unknown; retry: () => void } {
  const client = useQueryClient();
  const { paused } = useLiveState();
  const from = useQuery(tail);
  // The stream goes on by itself from where it began, so a tail that grows is no new address.
  const [begin, setBegin] = useState<number | null>(null);
  if (begin === null && from.data !== undefined) setBegin(from.data + 1);
  const waiting = useRef<Entry[]>([]);
  const [held, setHeld] = useState(0);

  const state = useResourceStream({
    url: begin === null ? null : "/v1/audit/stream",
    after: begin ?? 0,
    onFrames: (frames) => {
      if (frames.some((frame) => frame.name === "reset")) void client.invalidateQueries({ queryKey: ["audit", "list"] });
      const entries = frames.filter(isEntry).map((frame) => frame.data as unknown as Entry);
      if (entries.length === 0) return;
      if (!paused) return takeEntries(client, entries);
      waiting.current.push(...entries);
      setHeld(waiting.current.length);
    },
  });
  useEffect(() => {
    if (paused || waiting.current.length === 0) return;
    takeEntries(client, waiting.current);
    waiting.current = [];
    setHeld(0);
  }, [paused, client]);
  return {
    held,
    live: state.kind === "live",
    ready: begin !== null,
    failure: from.error,
    retry: () => void from.refetch(),
  };
}

function isEntry(frame: Frame): boolean {
  return frame.name === "audit.entry";
}
