import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldSame, linesOf } from "./line_change";

const texts = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));
const side = (lines: ReturnType<typeof linesOf>, without: string) =>
  lines
    .filter((line) => line.kind !== without)
    .map((line) => line.text)
    .join("\n");

describe("two texts line by line", () => {
  test("say what was taken out and what was put in", () => {
    expect(linesOf("one\ntwo\nthree", "one\n2\nthree").map((line) => `${line.kind} ${line.text}`)).toEqual([
      "same one",
      "removed two",
      "added 2",
      "same three",
    ]);
  });

  test("hold both texts whole", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = linesOf(before, after);
        expect(side(lines, "added")).toBe(before);
        expect(side(lines, "removed")).toBe(after);
      }),
    );
  });

  test("number the lines of each", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = linesOf(before, after);
        const numbers = (own: "before" | "after") => lines.flatMap((line) => line[own] ?? []);
        expect(numbers("before")).toEqual(numbers("before").map((_, index) => index + 1));
        expect(numbers("after")).toEqual(numbers("after").map((_, index) => index + 1));
      }),
    );
  });

  test("a text does not differ from itself", () => {
    fc.assert(fc.property(texts, (text) => linesOf(text, text).every((line) => line.kind === "same")));
  });

  test("folding hides no line that changed, and loses none", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = linesOf(before, after);
        const shown = foldSame(lines, 1);
        expect(shown.flatMap((one) => (one.kind === "fold" ? one.lines : [one]))).toEqual(lines);
        for (const one of shown) if (one.kind === "fold") expect(one.lines.every((line) => line.kind === "same")).toBe(true);
      }),
    );
  });
});
