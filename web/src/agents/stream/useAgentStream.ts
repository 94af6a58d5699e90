import { useCallback, useEffect, useRef, useState } from "react";
import { api, ask } from "../../api/client";
import { type Frame, number } from "../../live/frame";
import { type LiveTranscript, useTranscript } from "../../live/useTranscript";
import type { Agent } from "../agent_queries";
import { RunFigures } from "./figures";
import { framesBefore } from "./history";

/** So many frames are fetched of what was before the page was opened, and again whenever its reader goes back that far. */
const AT_FIRST = 240;
const AT_ONCE = 300;

export type History = {
  /** What was before the page was opened is there, as far as it was asked for. */
  known: boolean;
  /** Nothing older is kept. */
  isAll: boolean;
  loading: boolean;
  failure: unknown;
  more: () => void;
};

export type AgentStream = { live: LiveTranscript; history: History; figures: RunFigures };

/** What an agent said and did, backwards as far as its reader goes, and what it says and does now. */
export function useAgentStream(agent: Agent): AgentStream {
  // The number that the page began with: from there on the stream tells, what was before is fetched.
  const [begin, setBegin] = useState(agent.seq);
  const figures = useRef(new RunFigures());
  const [, count] = useState(0);
  const live = useTranscript({
    url: `/v1/agents/${encodeURIComponent(agent.name)}/stream`,
    after: begin,
    onFrames: (frames) => {
      const reset = frames.find((frame) => frame.name === "reset");
      if (reset !== undefined) setBegin(number(reset, "seq") ?? begin);
      if (figures.current.hear(frames)) count((held) => held + 1);
    },
  });
  const { add } = live;
  const take = useCallback(
    (frames: readonly Frame[]) => {
      figures.current.hear(frames);
      add(frames);
    },
    [add],
  );
  const history = useHistory(agent.name, begin, take);
  return { live: { ...live, known: live.known && history.known }, history, figures: figures.current };
}

type Reach = { from: number; isAll: boolean; known: boolean; loading: boolean; failure: unknown };

function useHistory(name: string, begin: number, take: (frames: readonly Frame[]) => void): History {
  const [reach, setReach] = useState<Reach>(() => unknownBefore(begin));
  const asking = useRef<AbortController | null>(null);

  const ask = useCallback(
    (from: number, wanted: number) => {
      if (asking.current !== null) return;
      const abort = new AbortController();
      asking.current = abort;
      setReach((held) => ({ ...held, loading: true, failure: null }));
      const done = (change: Partial<Reach>) => {
        if (abort.signal.aborted) return;
        asking.current = null;
        setReach((held) => ({ ...held, ...change, known: true, loading: false }));
      };
      framesBefore(from, wanted, (after) => framesAfter(name, after, abort.signal)).then(
        (earlier) => {
          if (abort.signal.aborted) return;
          take(earlier.frames);
          done({ from: earlier.from, isAll: earlier.isAll });
        },
        (failure: unknown) => done({ failure }),
      );
    },
    [name, take],
  );

  useEffect(() => {
    setReach(unknownBefore(begin));
    ask(begin, AT_FIRST);
    return () => {
      asking.current?.abort();
      asking.current = null;
    };
  }, [begin, ask]);

  const { from, isAll, loading, failure, known } = reach;
  const more = useCallback(() => {
    if (!isAll) ask(from, AT_ONCE);
  }, [ask, from, isAll]);
  return { known, isAll, loading, failure, more };
}

function unknownBefore(begin: number): Reach {
  return { from: begin, isAll: begin <= 0, known: begin <= 0, loading: false, failure: null };
}

async function framesAfter(name: string, after: number, signal: AbortSignal) {
  const params = { path: { agent: name }, query: { after, limit: 200 } };
  const page = await ask(api.GET("/v1/agents/{agent}/frames", { params, signal }));
  const frames = page.data.map(({ id, event, data }): Frame => ({ id, name: event, data }));
  return { frames, isForgotten: page.reset };
}
