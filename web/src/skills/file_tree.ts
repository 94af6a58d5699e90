/** One line of a tree of files: a folder's name, or a file that can be opened. `depth` begins at 0. */
export type Branch = { kind: "folder" | "file"; name: string; path: string; depth: number };

/** Paths as a tree, SKILL.md first, then folders and files by name. */
export function treeOf(paths: readonly string[]): Branch[] {
  const sorted = [...paths].sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
  const branches: Branch[] = [];
  const seen = new Set<string>();
  for (const path of sorted) {
    const parts = path.split("/");
    parts.slice(0, -1).forEach((name, depth) => {
      const folder = parts.slice(0, depth + 1).join("/");
      if (seen.has(folder)) return;
      seen.add(folder);
      branches.push({ kind: "folder", name, path: folder, depth });
    });
    branches.push({ kind: "file", name: parts.at(-1) ?? path, path, depth: parts.length - 1 });
  }
  return branches;
}

function rank(path: string): number {
  if (path === "SKILL.md") return 0;
  return path.includes("/") ? 2 : 1;
}
