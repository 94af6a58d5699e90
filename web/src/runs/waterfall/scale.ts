/** A stretch of time, in milliseconds since 1970. */
export type Span = { from: number; to: number };
/** Time in which nothing worked, drawn shorter than it was: `start` and `end` are its places on the axis. */
export type Fold = Span & { start: number; end: number };

/** A wait shorter than this stays as long as it is. */
export const FOLDED_MS_MIN = 1_000;
/** What one folded wait may take of the time in which something happened, and all of them together. */
const FOLD_SHARE = 0.2;
const FOLDS_SHARE = 0.5;

/** Where a moment stands on the time axis, from 0 at its begin to 1 at its end. */
export class Scale {
  readonly from: number;
  readonly to: number;
  readonly folds: readonly Fold[];
  /** How many milliseconds the folds leave out. */
  readonly foldedMs: number;
  /** Moments at which the axis changes its pace, and the drawn milliseconds up to each. */
  readonly #moments: number[];
  readonly #drawn: number[];

  private constructor(from: number, to: number, moments: number[], drawn: number[], folded: Span[]) {
    this.from = from;
    this.to = to;
    this.#moments = moments;
    this.#drawn = drawn;
    this.folds = folded.map((span) => ({ ...span, start: this.at(span.from), end: this.at(span.to) }));
    this.foldedMs = to - from - this.#total;
  }

  /** Every second as long as the next. */
  static even(from: number, to: number): Scale {
    const end = Math.max(to, from + 1);
    return new Scale(from, end, [from, end], [0, end - from], []);
  }

  /** Long stretches in which nothing of `busy` goes on are folded, so that a step of 12 ms can be seen beside a wait of three minutes. */
  static folded(from: number, to: number, busy: readonly Span[]): Scale {
    const end = Math.max(to, from + 1);
    const gaps = gapsOf(from, end, busy);
    const long = gaps.filter((gap) => gap.to - gap.from > FOLDED_MS_MIN);
    const awake = end - from - long.reduce((sum, gap) => sum + gap.to - gap.from, 0);
    const size = Math.min(awake * FOLD_SHARE, (awake * FOLDS_SHARE) / Math.max(1, long.length));
    const folds = awake <= 0 ? [] : long.filter((gap) => gap.to - gap.from > Math.max(size, FOLDED_MS_MIN));
    const moments = [from];
    const drawn = [0];
    const go = (moment: number, ms: number) => {
      moments.push(moment);
      drawn.push((drawn.at(-1) ?? 0) + ms);
    };
    for (const fold of folds) {
      go(fold.from, fold.from - (moments.at(-1) ?? from));
      go(fold.to, size);
    }
    go(end, end - (moments.at(-1) ?? from));
    return new Scale(from, end, moments, drawn, folds);
  }

  /** From 0 to 1; what lies before the begin is 0, what lies behind the end 1. */
  at(moment: number): number {
    if (moment <= this.from) return 0;
    if (moment >= this.to) return 1;
    const index = behind(this.#moments, moment);
    return this.#between(this.#moments, this.#drawn, index, moment) / this.#total;
  }

  /** The moment at a place of the axis: what `at` makes of it, backwards. */
  moment(place: number): number {
    if (place <= 0) return this.from;
    if (place >= 1) return this.to;
    const drawn = place * this.#total;
    return this.#between(this.#drawn, this.#moments, behind(this.#drawn, drawn), drawn);
  }

  get #total(): number {
    return this.#drawn.at(-1) ?? 1;
  }

  #between(from: readonly number[], to: readonly number[], index: number, value: number): number {
    const [a, b] = [from[index - 1] ?? 0, from[index] ?? 1];
    const [c, d] = [to[index - 1] ?? 0, to[index] ?? 1];
    return b > a ? c + ((value - a) / (b - a)) * (d - c) : c;
  }
}

/** The index of the first that is not smaller; at least 1. */
function behind(sorted: readonly number[], value: number): number {
  let low = 1;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The stretches between `from` and `to` that no span covers, in order. */
export function gapsOf(from: number, to: number, spans: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let reached = from;
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    const begin = Math.min(Math.max(span.from, from), to);
    if (begin > reached) gaps.push({ from: reached, to: begin });
    reached = Math.max(reached, Math.min(span.to, to));
  }
  if (reached < to) gaps.push({ from: reached, to });
  return gaps;
}

/** Moments of a part of the axis that are good to read, with how long after the begin they are; none inside of a fold. */
export function ticksOf(scale: Scale, window: { start: number; end: number }, wanted: number): { place: number; ms: number }[] {
  const size = window.end - window.start;
  const ticks: { place: number; ms: number }[] = [];
  const edges = [window.start, ...scale.folds.flatMap((fold) => [fold.start, fold.end]), window.end]
    .filter((place) => place >= window.start && place <= window.end)
    .sort((one, other) => one - other);
  for (let index = 1; index < edges.length; index++) {
    const [a, b] = [edges[index - 1] ?? 0, edges[index] ?? 1];
    if (b - a <= 0 || isFolded(scale, (a + b) / 2)) continue;
    const [begin, end] = [scale.moment(a) - scale.from, scale.moment(b) - scale.from];
    const step = roundMs((end - begin) / Math.max(1, (wanted * (b - a)) / size));
    for (let ms = Math.ceil(begin / step) * step; ms <= end; ms += step) ticks.push({ place: scale.at(scale.from + ms), ms });
  }
  return ticks;
}

function isFolded(scale: Scale, place: number): boolean {
  return scale.folds.some((fold) => place > fold.start && place < fold.end);
}

const ROUND = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * 60_000),
);

/** The next larger amount of time that people count in. */
export function roundMs(ms: number): number {
  const found = ROUND.find((one) => one >= ms);
  if (found !== undefined) return found;
  const day = 86_400_000;
  return Math.ceil(ms / day) * day;
}
