import fc from "fast-check";
import { expect, test } from "vitest";
import { best, fitness } from "./match";

test("the start of the text counts more than the start of a word, and that more than the middle", () => {
  const texts = ["Old renewal", "Task that is new", "New task"];
  expect(best("new", texts, (text) => text, 9)).toEqual(["New task", "Task that is new", "Old renewal"]);
});

test("every word that was typed has to be there", () => {
  expect(fitness("new key", "New API key")).not.toBeNull();
  expect(fitness("new key", "New task")).toBeNull();
});

test("of what fits alike the shorter text comes first", () => {
  expect(best("set", ["Set a secret for one agent", "Set a secret"], (text) => text, 9)[0]).toBe("Set a secret");
});

test("a text always fits each of its own words", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 }), fc.nat(), (words, at) => {
      expect(fitness(words[at % words.length] ?? "", words.join(" "))).not.toBeNull();
    }),
  );
});
