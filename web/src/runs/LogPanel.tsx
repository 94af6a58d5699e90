import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useState } from "react";
import { api, ask } from "../api/client";
import type { Frame } from "../live/frame";
import { Failure } from "../ui/Failure";
import { Skeleton } from "../ui/Skeleton";
import styles from "./LogPanel.module.css";
import { type LogLine, linesOf } from "./log_lines";

const PAGE = 200;
const PAGES_MAX = 60;

/** What the run told beside its results: retries, warnings, when it slept and woke. Fetched when somebody opens it, and live from then on. */
export function LogPanel({ run, heard, onStep }: { run: string; heard: readonly Frame[]; onStep: (key: string) => void }) {
  const [open, setOpen] = useState(false);
  const query = useQuery({
    queryKey: ["runs", "log", run],
    queryFn: ({ signal }) => fetchFrames(run, signal),
    enabled: open,
    gcTime: 0,
  });
  const lines = linesOf([...(query.data ?? []), ...heard]);
  const last = linesOf(heard).at(-1);
  return (
    <section className={styles.panel} aria-label="Log">
      <button type="button" className={styles.head} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <ChevronDown size={14} /> : <ChevronUp size={14} />}
        <span className={styles.title}>Log</span>
        {!open && last !== undefined && (
          <span className={styles.last}>
            <Time line={last} /> {last.step !== null && <span className="mono">{last.step} </span>}
            {last.text}
          </span>
        )}
      </button>
      {open &&
        (query.isError ? (
          <Failure reason={query.error} retry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          <Skeleton lines={3} label="Loading the log" />
        ) : lines.length === 0 ? (
          <p className="quiet">It told of nothing: no retry, no warning, no wait.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          <ol className={styles.lines} tabIndex={0} aria-label="Lines of the log">
            {lines.map((line) => (
              <li key={line.id} className={styles.line} data-tone={line.tone}>
                <Time line={line} />
                {line.step !== null ? (
                  <button
                    type="button"
                    className={styles.step}
                    onClick={() => line.step !== null && onStep(line.step)}
                    title={`Open ${line.step}`}
                  >
                    {line.step}
                  </button>
                ) : (
                  <span />
                )}
                <span className={styles.text} dir="auto">
                  {line.text}
                </span>
              </li>
            ))}
          </ol>
        ))}
    </section>
  );
}

function Time({ line }: { line: LogLine }) {
  if (line.at === null) return <span className={styles.time}>#{line.id}</span>;
  const moment = new Date(line.at);
  return (
    <time className={styles.time} dateTime={moment.toISOString()} title={moment.toLocaleString()}>
      {moment.toLocaleTimeString(undefined, { hour12: false })}
    </time>
  );
}

/** All frames of a run up to now that a log tells of. */
async function fetchFrames(run_id: string, signal: AbortSignal): Promise<Frame[]> {
  const frames: Frame[] = [];
  let after = 0;
  for (let page = 0; page < PAGES_MAX; page++) {
    const found = await ask(
      api.GET("/v1/runs/{run_id}/frames", { params: { path: { run_id }, query: { after, limit: PAGE } }, signal }),
    );
    for (const { id, event, data } of found.data)
      if (/^(log|run\.|step\.(retrying|failed))/.test(event)) frames.push({ id, name: event, data });
    after = found.after;
    if (found.over || found.data.length === 0 || after >= found.seq) break;
  }
  return frames;
}
