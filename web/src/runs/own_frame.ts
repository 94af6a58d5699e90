/** A place in somebody's code: "app.py:14", the line itself, and the function it is in. */
export type CodeFrame = { file: string; line: number; name: string; code: string };

/** The frames of a Python traceback in their order: the last one is where it was raised. */
export function framesOf(traceback: string | undefined): CodeFrame[] {
  if (traceback === undefined) return [];
  const frames: CodeFrame[] = [];
  const lines = traceback.split("\n");
  lines.forEach((text, index) => {
    const found = /^\s*File "(.+)", line (\d+)(?:, in (.+))?$/.exec(text);
    if (found === null) return;
    const [, file = "", line = "0", name = ""] = found;
    const code = lines[index + 1] ?? "";
    frames.push({ file, line: Number(line), name, code: /^\s*File "/.test(code) ? "" : code.trim() });
  });
  return frames;
}

const FOREIGN = ["site-packages", "/flowforge/orchestrator/", "/flowforge/agents/", "/lib/python3", "<frozen"];

/** The last place in the function's own code: neither an installed package nor ours. That is where its author begins to look. */
export function ownFrame(traceback: string | undefined): CodeFrame | null {
  const own = framesOf(traceback).filter((frame) => !FOREIGN.some((part) => frame.file.includes(part)));
  return own.at(-1) ?? null;
}

/** `app.py:14`: the file's name without its folders. */
export function placeWord({ file, line }: CodeFrame): string {
  return `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;
}
