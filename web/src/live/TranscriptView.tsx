import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, Pause, Play } from "lucide-react";
import { type ReactNode, type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useShortcuts } from "../keys/shortcuts";
import { Button } from "../ui/Button";
import { Chooser } from "../ui/Chooser";
import { Skeleton } from "../ui/Skeleton";
import type { ConnectionState } from "./connection";
import { type Line, linesOf, SHOWS, type Show } from "./lines";
import { setPaused } from "./start";
import { useLiveState } from "./state";
import { TranscriptLine } from "./TranscriptLine";
import styles from "./TranscriptView.module.css";
import { useFollow } from "./useFollow";
import { useSpoken } from "./useSpoken";
import type { LiveTranscript } from "./useTranscript";

type Props = {
  live: LiveTranscript;
  show: Show;
  onShow: (show: Show) => void;
  /** What the box is called, for screen readers: "What atlas does". */
  label: string;
  /** Say where another run begins: on the stream of an agent or a task. */
  separateRuns?: boolean;
  /** Shown while there is nothing yet. */
  empty?: ReactNode;
  /** Above the first line: a way to what came earlier. */
  before?: ReactNode;
};

/** What is said and done, as it happens: it follows the end unless its reader scrolls up, and holds still when they ask it to. */
export function TranscriptView({ live, show, onShow, label, separateRuns = false, empty, before }: Props) {
  const { paused } = useLiveState();
  const { transcript, connection, held } = live;
  const box = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => linesOf(transcript, show, separateRuns), [transcript, show, separateRuns]);
  const { following, setFollowing, onScroll } = useFollow(box, transcript);
  const missed = useMissed(transcript.entries.length, following);
  const spoken = useSpoken(transcript.entries);

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 32,
    overscan: 12,
    getItemKey: (index) => lines[index]?.id ?? index,
  });
  useSteady(box, virtual, lines, following);
  useShortcuts([{ keys: "End", label: "Follow the end", group: "Stream", run: () => setFollowing(true) }]);

  /** Who opens a line reads it: the end may wait. */
  const toggle = useCallback(
    (id: string) => {
      setFollowing(false);
      setOpened((held) => {
        const next = new Set(held);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    },
    [setFollowing],
  );

  return (
    <section className={styles.view} aria-label={label}>
      <header className={styles.bar}>
        <Connected state={connection} paused={paused} />
        <Chooser label="Show" options={SHOWS.map((one) => ({ value: one, label: one }))} current={show} onChoose={onShow} />
        <span className={styles.gap} />
        <Button
          look="bare"
          size="small"
          className={styles.pause}
          icon={paused ? <Play size={14} /> : <Pause size={14} />}
          onClick={() => setPaused(!paused)}
          hotkey="Space"
        >
          {paused ? (held > 0 ? `Go on · ${held} new` : "Go on") : "Pause"}
        </Button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <div ref={box} className={styles.box} onScroll={onScroll} tabIndex={0}>
        <div>
          {before}
          {lines.length === 0 && <Nothing live={live} show={show} empty={empty} />}
          <ol className={styles.lines} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index];
              if (line === undefined) return null;
              return (
                <li
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className={styles.place}
                  style={{ transform: `translateY(${item.start}px)` }}
                  aria-setsize={lines.length}
                  aria-posinset={item.index + 1}
                >
                  <TranscriptLine line={line} open={opened.has(line.id)} onToggle={toggle} />
                </li>
              );
            })}
          </ol>
        </div>
      </div>
      {!following && (
        <Button className={styles.follow} size="small" icon={<ArrowDownToLine size={14} />} onClick={() => setFollowing(true)}>
          {missed > 0 ? `Follow · ${missed} new` : "Follow"}
        </Button>
      )}
      <p className="visually-hidden" aria-live="polite">
        {spoken}
      </p>
    </section>
  );
}

/** Where lines come in above, as those from before the page was opened, the line that is being read stays where it is. */
function useSteady(
  box: RefObject<HTMLDivElement | null>,
  virtual: Virtualizer<HTMLDivElement, Element>,
  lines: readonly Line[],
  following: boolean,
): void {
  // Several, because the first may be a run's heading, which goes up with what comes.
  const read = useRef<{ id: string; index: number; below: number }[]>([]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const [first] = read.current;
    if (!following && first !== undefined && lines[first.index]?.id !== first.id) {
      for (const { id, below } of read.current) {
        const start = virtual.measurementsCache[lines.findIndex((line) => line.id === id)]?.start;
        if (start === undefined) continue;
        element.scrollTop = start + below;
        break;
      }
    }
    read.current = virtual
      .getVirtualItems()
      .filter((item) => item.end > element.scrollTop)
      .slice(0, 4)
      .map((item) => ({ id: lines[item.index]?.id ?? "", index: item.index, below: element.scrollTop - item.start }));
  });
}

/** How many entries came since the reader scrolled up. */
function useMissed(count: number, following: boolean): number {
  const left = useRef(count);
  if (following) left.current = count;
  return Math.max(0, count - left.current);
}

function Connected({ state, paused }: { state: ConnectionState; paused: boolean }) {
  const word =
    state.kind === "ended"
      ? "over"
      : paused
        ? "paused"
        : state.kind === "live"
          ? "live"
          : state.kind === "refused"
            ? "not live"
            : state.kind === "reconnecting"
              ? "reconnecting"
              : "connecting";
  return (
    <span className={`${styles.state} ${styles[word.replace(" ", "")] ?? ""}`}>
      <span className={styles.dot} aria-hidden="true" />
      {word}
    </span>
  );
}

function Nothing({ live, show, empty }: { live: LiveTranscript; show: Show; empty: ReactNode }) {
  if (live.transcript.entries.length > 0) return <p className={styles.nothing}>Nothing of that kind so far: {show}.</p>;
  if (live.connection.kind === "refused") return <p className={styles.nothing}>This stream cannot be followed.</p>;
  if (!live.known && live.connection.kind !== "ended") return <Skeleton lines={4} label="Connecting" />;
  return <div className={styles.nothing}>{empty ?? "Nothing has been said or done yet."}</div>;
}
