import { expect, test } from "vitest";
import { typedMention, withMention } from "./mention";

test.each([
  ["@at", 3, { at: 0, query: "at" }],
  ["hello @", 7, { at: 6, query: "" }],
  ['(@"Mira L', 9, { at: 1, query: "Mira L" }],
  ["mail a@example", 14, null],
  ["@atlas please", 13, null],
  ["no mention", 10, null],
])("%s at %i", (text, caret, typed) => {
  expect(typedMention(text, caret)).toEqual(typed);
});

test("a name with blanks is put between quotation marks, and what follows stays", () => {
  expect(withMention("ask @mi now", { at: 4, query: "mi" }, 7, "Mira Lund")).toEqual({ text: 'ask @"Mira Lund" now', caret: 17 });
  expect(withMention("@at", { at: 0, query: "at" }, 3, "atlas")).toEqual({ text: "@atlas ", caret: 7 });
});
