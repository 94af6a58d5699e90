import { useCallback, useEffect, useRef, useState } from "react";
import type { ConnectionState } from "./connection";
import type { Transcript } from "./entry";
import type { Frame } from "./frame";
import { useLiveState } from "./state";
import { TranscriptLog } from "./transcript";
import { useResourceStream } from "./useResourceStream";

export type LiveTranscript = {
  transcript: Transcript;
  connection: ConnectionState;
  /** The stream has told of something, or that there is nothing: what is shown is not merely unknown. */
  known: boolean;
  /** Entries that wait because somebody holds the screen still. */
  held: number;
  /** Take frames that were fetched beside the stream: those from before it. */
  add: (frames: readonly Frame[]) => void;
};

const NOTHING: Transcript = { entries: [], last: 0, began: new Map() };

/**
 * What is said and done on a stream, from `after` on, as it happens.
 *
 *     const live = useTranscript({ url: `/v1/tasks/${key}/stream`, after: 0 });
 *     <TranscriptView live={live} show="all" onShow={…} />
 */
export function useTranscript({
  url,
  after,
  isLast,
  onFrames,
}: {
  url: string | null;
  after: number;
  isLast?: (frame: Frame) => boolean;
  /** For who shows more than the transcript: the plan, the spend. */
  onFrames?: (frames: Frame[]) => void;
}): LiveTranscript {
  const { paused } = useLiveState();
  const log = useRef(new TranscriptLog(after));
  const [newest, setNewest] = useState(NOTHING);
  const [shown, setShown] = useState<Transcript | null>(null);
  const [told, setTold] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another stream is another story
  useEffect(() => {
    log.current = new TranscriptLog(after);
    setNewest(NOTHING);
    setTold(false);
  }, [url, after]);
  useEffect(() => {
    setShown(paused ? log.current.transcript : null);
  }, [paused]);

  const add = useCallback((frames: readonly Frame[]) => {
    if (log.current.add(frames)) setNewest(log.current.transcript);
  }, []);
  const connection = useResourceStream({
    url,
    after,
    isLast,
    onFrames: (frames) => {
      if (frames.some((frame) => frame.name === "reset")) log.current.clear();
      add(frames);
      setTold(true);
      onFrames?.(frames);
    },
  });
  const transcript = shown ?? newest;
  return { transcript, connection, known: told, held: newest.entries.length - transcript.entries.length, add };
}
