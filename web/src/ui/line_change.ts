/** One line of two texts: in both, only in the first (`removed`), or only in the second (`added`). Line numbers begin at 1. */
export type Line = { kind: "same" | "removed" | "added"; text: string; before: number | null; after: number | null };

/** Beyond so many pairs of lines the longest common part is not sought: the middle is shown as taken out and put in. */
const PAIRS_MAX = 4_000_000;

/** Two texts line by line, with as few changed lines as there can be. */
export function linesOf(before: string, after: string): Line[] {
  const old = split(before);
  const fresh = split(after);
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const kinds: Line["kind"][] = [
    ...same(start),
    ...middle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...same(end),
  ];
  let left = 0;
  let right = 0;
  return kinds.map((kind) => {
    const text = (kind === "added" ? fresh[right] : old[left]) ?? "";
    return { kind, text, before: kind === "added" ? null : ++left, after: kind === "removed" ? null : ++right };
  });
}

/** Lines as they are shown: long stretches of what is the same are folded to their number, with `around` lines left on each side. */
export function foldSame(lines: readonly Line[], around = 3): (Line | { kind: "fold"; lines: readonly Line[] })[] {
  const shown: (Line | { kind: "fold"; lines: readonly Line[] })[] = [];
  for (let index = 0; index < lines.length; ) {
    let end = index;
    while (end < lines.length && lines[end]?.kind === "same") end += 1;
    const from = index === 0 ? 0 : index + around;
    const to = end === lines.length ? end : end - around;
    if (to - from > 1)
      shown.push(...lines.slice(index, from), { kind: "fold", lines: lines.slice(from, to) }, ...lines.slice(to, end));
    else shown.push(...lines.slice(index, end));
    const change = lines[end];
    if (change !== undefined) shown.push(change);
    index = end + 1;
  }
  return shown;
}

function split(text: string): string[] {
  return text === "" ? [] : text.split(/\r?\n/);
}

function same(count: number): Line["kind"][] {
  return Array.from({ length: count }, () => "same");
}

/** The longest common subsequence, by the length of the best rest at each pair of places. */
function middle(old: readonly string[], fresh: readonly string[]): Line["kind"][] {
  const wide = fresh.length + 1;
  const kinds: Line["kind"][] = [];
  let left = 0;
  let right = 0;
  if (old.length * fresh.length <= PAIRS_MAX) {
    const best = new Uint32Array((old.length + 1) * wide);
    for (let i = old.length - 1; i >= 0; i -= 1)
      for (let j = fresh.length - 1; j >= 0; j -= 1)
        best[i * wide + j] =
          old[i] === fresh[j]
            ? (best[(i + 1) * wide + j + 1] ?? 0) + 1
            : Math.max(best[(i + 1) * wide + j] ?? 0, best[i * wide + j + 1] ?? 0);
    while (left < old.length && right < fresh.length) {
      if (old[left] === fresh[right]) {
        kinds.push("same");
        left += 1;
        right += 1;
      } else if ((best[(left + 1) * wide + right] ?? 0) >= (best[left * wide + right + 1] ?? 0)) {
        kinds.push("removed");
        left += 1;
      } else {
        kinds.push("added");
        right += 1;
      }
    }
  }
  for (; left < old.length; left += 1) kinds.push("removed");
  for (; right < fresh.length; right += 1) kinds.push("added");
  return kinds;
}
