import type { Frame } from "../../live/frame";

/** A page of frames with numbers above what was asked for, in order; or that this is older than what is kept. */
export type FramePage = { frames: readonly Frame[]; isForgotten: boolean };
export type FetchAfter = (after: number) => Promise<FramePage>;

/** What came before a number: everything above `from`. `isAll`: nothing older is kept. */
export type Earlier = { frames: Frame[]; from: number; isAll: boolean };

const WIDTH_MIN = 200;
const WIDTH_MAX = 6_400;
const LOOKS_MAX = 12;

/**
 * Frames before a number, backwards, until there are `wanted` of them or nothing is left. Streams are read forwards only, and the pieces of
 * messages that are complete are deleted: numbers are sparse. So a stretch is looked at whole, and the next one is wider where there was little.
 */
export async function framesBefore(before: number, wanted: number, fetchAfter: FetchAfter): Promise<Earlier> {
  const stretches: Frame[][] = [];
  let from = before;
  let width = WIDTH_MIN;
  let count = 0;
  let isAll = from <= 0;
  for (let look = 0; look < LOOKS_MAX && !isAll && count < wanted; look += 1) {
    const begin = Math.max(0, from - width);
    const stretch = await stretchOf(begin, from, fetchAfter);
    stretches.unshift(stretch.frames);
    count += stretch.frames.length;
    from = begin;
    isAll = begin === 0 || stretch.isForgotten;
    if (stretch.frames.length < WIDTH_MIN / 2) width = Math.min(width * 2, WIDTH_MAX);
  }
  return { frames: stretches.flat(), from, isAll };
}

/** All frames above `begin` and up to `end`. Where `begin` is too old to be kept, they are read from the oldest one that is. */
async function stretchOf(begin: number, end: number, fetchAfter: FetchAfter): Promise<{ frames: Frame[]; isForgotten: boolean }> {
  const frames: Frame[] = [];
  let page = await fetchAfter(begin);
  const { isForgotten } = page;
  if (isForgotten) page = await fetchAfter(0);
  for (;;) {
    frames.push(...page.frames.filter((frame) => (frame.id ?? 0) > begin && (frame.id ?? 0) <= end));
    const reached = page.frames.at(-1)?.id ?? end;
    if (reached >= end) return { frames, isForgotten };
    page = await fetchAfter(reached);
  }
}
