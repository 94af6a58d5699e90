/** The part of the time axis that is shown: 0 to 1 is all of it. */
export type View = { start: number; end: number };

export const WHOLE: View = { start: 0, end: 1 };
const SMALLEST = 1 / 500;

/** A part of the axis, moved inside of it where it reached over an end. */
export function fitted({ start, end }: View): View {
  const size = Math.min(1, Math.max(SMALLEST, end - start));
  const begin = Math.min(Math.max(0, start), 1 - size);
  return { start: begin, end: begin + size };
}

/** Half as much (`factor` 0.5) or twice as much (2) around a place of the axis, which stays where it is. */
export function zoomed(view: View, factor: number, around = (view.start + view.end) / 2): View {
  const size = Math.min(1, Math.max(SMALLEST, (view.end - view.start) * factor));
  const share = (around - view.start) / (view.end - view.start);
  return fitted({ start: around - share * size, end: around + (1 - share) * size });
}

/** The same amount, by a share of what is shown further on. */
export function moved(view: View, share: number): View {
  const by = (view.end - view.start) * share;
  return fitted({ start: view.start + by, end: view.end + by });
}

/** What is shown, moved so far that a stretch is in it; as it was where it is already. */
export function revealing(view: View, from: number, to: number): View {
  if (to >= view.start && from <= view.end) return view;
  const size = view.end - view.start;
  const middle = (from + to) / 2;
  return fitted({ start: middle - size / 2, end: middle + size / 2 });
}

export function isWhole(view: View): boolean {
  return view.start <= 0 && view.end >= 1;
}

/** Where a place of the axis stands in what is shown, from 0 to 1; outside of that it is less or more. */
export function inView(view: View, place: number): number {
  return (place - view.start) / (view.end - view.start);
}
