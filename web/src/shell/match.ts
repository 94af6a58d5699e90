/** The words of a search, small and apart. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/**
 * How well a text fits what was typed, or null where a word of it is not there: the start of the text counts most, then the start of a
 * word, then any place.
 *
 *     fitness("new", "New task") > fitness("task", "New task")      fitness("tsk", "New task") === null
 */
export function fitness(typed: string, text: string): number | null {
  const lower = text.toLowerCase();
  let sum = 0;
  for (const word of wordsOf(typed)) {
    const found = fitOfWord(word, lower);
    if (found === 0) return null;
    sum += found;
  }
  return sum - text.length / 1_000;
}

function fitOfWord(word: string, text: string): number {
  if (text.startsWith(word)) return 4;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if (/[^\p{L}\p{N}]/u.test(text[at - 1] ?? " ")) return 2;
  return text.includes(word) ? 1 : 0;
}

/** Those that fit, the best first; what fits alike stays in its order. */
export function best<T>(typed: string, items: readonly T[], text: (item: T) => string, most: number): T[] {
  return items
    .map((item) => ({ item, fits: fitness(typed, text(item)) }))
    .filter((one): one is { item: T; fits: number } => one.fits !== null)
    .sort((left, right) => right.fits - left.fits)
    .slice(0, most)
    .map((one) => one.item);
}
