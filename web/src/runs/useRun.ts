import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Frame, moment } from "../live/frame";
import { useLiveState } from "../live/state";
import { type LiveTranscript, useTranscript } from "../live/useTranscript";
import { isOver } from "./acts";
import type { Run } from "./list_filter";
import { fetchRun, fetchSteps, patchRuns, type RunWithSteps, runDetail } from "./queries";
import { isLast, RunStory, type Story } from "./run_story";

/** How long frames gather before the rows behind them (input, output, exact times) are fetched. */
const ROWS_AFTER_MS = 350;

export type LiveRun = {
  /** Undefined until the first answer is in. */
  story: Story | undefined;
  failure: unknown;
  retry: () => void;
  /** What the run's models and tools say, as they say it. */
  live: LiveTranscript;
  /** Frames that came since the page was opened, for who shows a log. */
  heard: readonly Frame[];
  /** Show the run as the answer of an act says that it is now. */
  put: (run: Run) => void;
};

/** A run as it is now, and as it goes on: fetched once, then told by its stream from the number that the answer names. */
export function useRun(id: string): LiveRun {
  const client = useQueryClient();
  const { paused } = useLiveState();
  const query = useQuery(runDetail(id));
  const held = useRef<{ data: RunWithSteps; story: RunStory } | null>(null);
  const [newest, setNewest] = useState<Story | undefined>(undefined);
  const [frozen, setFrozen] = useState<Story | undefined>(undefined);
  const [heard, setHeard] = useState<readonly Frame[]>([]);
  const [follow, setFollow] = useState<{ url: string; after: number } | null>(null);

  useEffect(() => {
    const data = query.data;
    if (data === undefined || held.current?.data === data) return;
    if (held.current?.data.run.id === data.run.id) held.current.story.begin(data.run, data.steps);
    else {
      held.current = { data, story: new RunStory(data.run, data.steps) };
      setHeard([]);
      setFollow(isOver(data.run) ? null : { url: `/v1/runs/${data.run.id}/stream`, after: data.run.seq });
    }
    held.current.data = data;
    setNewest(held.current.story.story);
  }, [query.data]);

  const keep = useCallback((whole: RunWithSteps) => client.setQueryData(runDetail(id).queryKey, whole), [client, id]);
  const fetchRows = useRows(held, setNewest, keep);
  const live = useTranscript({
    url: follow?.url ?? null,
    after: follow?.after ?? 0,
    isLast,
    onFrames: (frames) => {
      const story = held.current?.story;
      if (story === undefined) return;
      if (frames.some((frame) => frame.name === "reset")) void query.refetch();
      const now = Date.now();
      if (story.hear(frames.map((frame) => ({ frame, at: moment(frame) ?? now })))) setNewest(story.story);
      const told = frames.filter((frame) => frame.id !== null && /^(log|run\.|step\.(retrying|failed))/.test(frame.name));
      if (told.length > 0) setHeard((before) => [...before, ...told.map((frame) => stamped(frame, now))]);
      if (frames.some((frame) => frame.name.startsWith("step.") || frame.name.startsWith("run."))) fetchRows(frames.some(isLast));
    },
  });

  // Held still by its reader: what is shown stays as it was then.
  const shown = newest?.run.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run is held still anew
  useEffect(() => setFrozen(paused ? held.current?.story.story : undefined), [paused, shown]);

  const put = useCallback(
    (run: Run) => {
      patchRuns(client, [run]);
      if (held.current === null || held.current.data.run.id !== run.id) return;
      held.current.story.take([], run);
      setNewest(held.current.story.story);
    },
    [client],
  );
  const wanted = query.data?.run.id;
  const [current] = [paused ? frozen : undefined, newest].filter((one) => one !== undefined && one.run.id === wanted);
  return {
    story: current,
    failure: query.error,
    retry: () => void query.refetch(),
    live,
    heard,
    put,
  };
}

/** A frame with the time at which it came, where it does not say when it was. */
function stamped(frame: Frame, now: number): Frame {
  return { ...frame, data: { at: new Date(now).toISOString(), ...frame.data } };
}

/** Fetch the rows behind what the stream told, some frames at a time; at the run's end also the run, which is then whole. */
function useRows(
  held: React.RefObject<{ data: RunWithSteps; story: RunStory } | null>,
  show: (story: Story) => void,
  keep: (whole: RunWithSteps) => void,
) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const ended = useRef(false);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (last: boolean) => {
      ended.current ||= last;
      if (timer.current !== undefined) return;
      timer.current = setTimeout(async () => {
        timer.current = undefined;
        const mine = held.current;
        if (mine === null) return;
        const whole = ended.current;
        ended.current = false;
        try {
          const run = whole ? await fetchRun(mine.data.run.id) : undefined;
          const rows = await fetchSteps(mine.data.run.id, whole ? 0 : mine.story.rowsUpTo);
          if (held.current !== mine) return;
          if (run === undefined) mine.story.take(rows);
          else mine.story.begin(run, rows);
          show(mine.story.story);
          if (run !== undefined) keep({ run, steps: rows });
        } catch {
          // What the stream told stands; the next frame, or the next look, fetches the rest.
        }
      }, ROWS_AFTER_MS);
    },
    [held, show, keep],
  );
}
