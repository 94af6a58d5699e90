import { useNow } from "../ui/now";
import type { Run } from "./list_filter";

/** How long the run took, or has been at it, to the second: 00:01:42. */
export function Elapsed({ run }: { run: Run }) {
  if (run.started_at === null) return null;
  const from = Date.parse(run.started_at);
  if (run.ended_at === null) return <Going from={from} />;
  const ms = Date.parse(run.ended_at) - from;
  return (
    <span className="number" title={`${(ms / 1_000).toLocaleString(undefined, { maximumFractionDigits: 3 })} s`}>
      {clock(ms)}
    </span>
  );
}

function Going({ from }: { from: number }) {
  const now = useNow();
  const seconds = Math.max(0, Math.floor((now - from) / 1_000));
  return <span className="number">{seconds < 10 ? `${seconds} s` : clock(seconds * 1_000)}</span>;
}

/** "812 ms" and "4.2 s" for what is short, "00:01:42" from ten seconds up. */
export function clock(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`;
}
