/** A part of a text: what is to be seen, or a character that cannot be seen or that turns the order of the others round. */
export type Part = { kind: "seen"; text: string } | { kind: "hidden"; code: string };

// Format characters (zero width, direction, tags), control characters but for tab and line ends, and what is not a character.
const HIDDEN = /[\p{Cf}\p{Co}\p{Cn}]|(?![\t\n\r])\p{Cc}|[\u115f\u1160\u3164\uffa0\u2800]/gu;
// Emoji are joined and coloured by such characters: those between pictures are part of a picture.
const JOINED = /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?\u200d$/u;

/** A text as somebody who is to approve it has to see it: what hides in it is named by its number (`U+202E`). */
export function revealed(text: string): Part[] {
  const parts: Part[] = [];
  let seen = "";
  let rest = 0;
  for (const found of text.matchAll(HIDDEN)) {
    const before = text.slice(rest, found.index);
    rest = found.index + found[0].length;
    seen += before;
    if (found[0] === "\u200d" && JOINED.test(`${seen}\u200d`) && /^\p{Extended_Pictographic}/u.test(text.slice(rest))) {
      seen += found[0];
      continue;
    }
    if (seen !== "") parts.push({ kind: "seen", text: seen });
    seen = "";
    const code = found[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? "";
    parts.push({ kind: "hidden", code: `U+${code}` });
  }
  seen += text.slice(rest);
  if (seen !== "") parts.push({ kind: "seen", text: seen });
  return parts;
}

/** Whether anything in the value hides from its reader. */
export function hides(value: unknown): boolean {
  if (typeof value === "string") return revealed(value).some((part) => part.kind === "hidden");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) => hides(name) || hides(inner));
}
