import { expect, test } from "vitest";
import { treeOf } from "./file_tree";

test("SKILL.md stands first, folders once, files below them", () => {
  const lines = treeOf(["tests/cases.yaml", "references/b.md", "SKILL.md", "LICENSE", "references/a.md"]);
  expect(lines.map((one) => `${" ".repeat(one.depth)}${one.name}${one.kind === "folder" ? "/" : ""}`)).toEqual([
    "SKILL.md",
    "LICENSE",
    "references/",
    " a.md",
    " b.md",
    "tests/",
    " cases.yaml",
  ]);
});
