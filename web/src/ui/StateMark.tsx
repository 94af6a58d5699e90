import styles from "./StateMark.module.css";

/** Every state that a run, a step, an agent or an approval can be in, as people see it. Never colour alone: a glyph and a word. */
const MARKS = {
  queued: { glyph: "·", tone: "quiet", word: "queued" },
  pending: { glyph: "·", tone: "quiet", word: "pending" },
  running: { glyph: "◉", tone: "live", word: "running" },
  completed: { glyph: "✓", tone: "done", word: "done" },
  cached: { glyph: "⟲", tone: "quiet", word: "cached" },
  retrying: { glyph: "↻", tone: "live", word: "retrying" },
  sleeping: { glyph: "◇", tone: "quiet", word: "sleeping" },
  waiting: { glyph: "◇", tone: "quiet", word: "waiting" },
  needs: { glyph: "◆", tone: "needs", word: "needs you" },
  failed: { glyph: "✗", tone: "failed", word: "failed" },
  error: { glyph: "✗", tone: "failed", word: "error" },
  denied: { glyph: "✗", tone: "failed", word: "denied" },
  approved: { glyph: "✓", tone: "done", word: "approved" },
  expired: { glyph: "⊘", tone: "quiet", word: "expired" },
  cancelled: { glyph: "⊘", tone: "quiet", word: "cancelled" },
  skipped: { glyph: "⊘", tone: "quiet", word: "skipped" },
  paused: { glyph: "‖", tone: "quiet", word: "paused" },
  idle: { glyph: "·", tone: "quiet", word: "idle" },
  archived: { glyph: "⊘", tone: "quiet", word: "archived" },
} as const;

export type State = keyof typeof MARKS;

export function isState(value: string | null | undefined): value is State {
  return value !== null && value !== undefined && value in MARKS;
}

/** The glyph and the word of a state; `detail` follows the word: "running 41 s". */
export function StateMark({ state, word, detail }: { state: State; word?: string; detail?: string }) {
  const mark = MARKS[state];
  return (
    <span className={`${styles.mark} ${styles[mark.tone]}`}>
      <StateGlyph state={state} />
      <span className={styles.word}>{word ?? mark.word}</span>
      {detail !== undefined && <span className={`${styles.detail} number`}>{detail}</span>}
    </span>
  );
}

/** The glyph alone, where the word stands elsewhere. */
export function StateGlyph({ state }: { state: State }) {
  const mark = MARKS[state];
  if (state === "running") return <span className={styles.ring} aria-hidden="true" />;
  return (
    <span className={`${styles.glyph} ${styles[mark.tone]}`} aria-hidden="true">
      {mark.glyph}
    </span>
  );
}

/** What the state is called: "done" for `completed`. */
export function stateWord(state: State): string {
  return MARKS[state].word;
}
