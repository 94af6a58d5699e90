/** A mention that is being typed: where its @ stands, and what is there so far. */
export type Typed = { at: number; query: string };

const BARE = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

/** The mention before the caret, if one is being typed there: not in an e-mail address, and no longer than a name. */
export function typedMention(text: string, caret: number): Typed | null {
  const found = /(^|[\s([{"'>*_~,;:!?])@("?)([^"@\n]{0,60})$/u.exec(text.slice(0, caret));
  if (found === null) return null;
  const query = found[3] ?? "";
  if (found[2] === "" && /\s/.test(query)) return null;
  return { at: caret - query.length - 1 - (found[2]?.length ?? 0), query };
}

/** The text with that mention finished: `@atlas `, or `@"Mira Lund" ` where the name has blanks. */
export function withMention(text: string, typed: Typed, caret: number, name: string): { text: string; caret: number } {
  const mention = BARE.test(name) ? `@${name} ` : `@"${name}" `;
  const rest = text.slice(caret).replace(/^"?\s?/, "");
  return { text: text.slice(0, typed.at) + mention + rest, caret: typed.at + mention.length };
}
