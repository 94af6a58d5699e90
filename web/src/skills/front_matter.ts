/** What a SKILL.md says of itself, as far as it can be told without the server, and what is surely wrong with it. */
export type Front = { name: string | null; description: string | null; faults: string[] };

const BLOCK = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)^---[ \t]*\r?$/m;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const NAME_MAX = 64;
const DESCRIPTION_MAX = 1024;

/** Read the front matter of a SKILL.md. The server reads it whole and has the last word. */
export function readFront(text: string): Front {
  const block = BLOCK.exec(text);
  if (block === null || block.index !== 0)
    return {
      name: null,
      description: null,
      faults: ["It begins with a line ---, then name: and description:, then a line ---."],
    };
  const lines = (block[1] ?? "").split(/\r?\n/);
  const name = plainValue(lines, "name");
  const description = plainValue(lines, "description");
  return { name: name.value, description: description.value, faults: [...nameFaults(name), ...descriptionFaults(description)] };
}

type Found = { there: boolean; value: string | null };

/** A value on one line. One that goes on below (`|`, `>`) is there, and is left to the server. */
function plainValue(lines: readonly string[], field: string): Found {
  const line = lines.find((one) => one.startsWith(`${field}:`));
  if (line === undefined) return { there: false, value: null };
  const text = line.slice(field.length + 1).trim();
  if (/^[|>&*!{[]/.test(text)) return { there: true, value: null };
  const quoted = /^(["'])(.*)\1$/.exec(text);
  const value = quoted === null ? text.replace(/\s+#.*$/, "") : (quoted[2] ?? "");
  const next = lines[lines.indexOf(line) + 1];
  const goesOn = next !== undefined && /^\s+\S/.test(next);
  return { there: value !== "" || goesOn, value: goesOn ? null : value };
}

function nameFaults({ there, value }: Found): string[] {
  if (!there) return ["It has no name."];
  if (value === null) return [];
  if (!NAME.test(value)) return ["A name is made of lower-case letters, digits and single hyphens: refund-orders."];
  return value.length > NAME_MAX ? [`A name has at most ${NAME_MAX} characters; this one has ${value.length}.`] : [];
}

function descriptionFaults({ there, value }: Found): string[] {
  if (!there) return ["It has no description: agents choose a skill by it."];
  const length = [...(value ?? "")].length;
  return length > DESCRIPTION_MAX ? [`A description has at most ${DESCRIPTION_MAX} characters; this one has ${length}.`] : [];
}

/** What follows the front matter. */
export function instructionsOf(text: string): string {
  const block = BLOCK.exec(text);
  return block === null || block.index !== 0 ? text : text.slice(block[0].length).trim();
}
