import fc from "fast-check";
import { expect, test } from "vitest";
import { definitionOf, patchOf } from "./patch";

test("what changed is sent, what is gone is null, the rest is left out", () => {
  expect(patchOf({ name: "a", rate: "60/min", url: "https://x" }, { name: "b", url: "https://x", rate: "" })).toEqual({
    name: "b",
    rate: null,
  });
});

test("the order of fields is no change, the order of a list is one", () => {
  expect(patchOf({ body: { a: 1, b: [1, 2] } }, { body: { b: [1, 2], a: 1 } })).toEqual({});
  expect(patchOf({ only: ["a", "b"] }, { only: ["b", "a"] })).toEqual({ only: ["b", "a"] });
});

test("what is empty says nothing", () => {
  expect(definitionOf({ name: "a", headers: {}, only: [], rate: "", form: false, retries: 0 })).toEqual({
    name: "a",
    form: false,
    retries: 0,
  });
});

test("nothing changed, nothing to say; and what a patch says leads from the one to the other", () => {
  const value = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.jsonValue());
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(patchOf(before, before)).toEqual({});
      const patched = definitionOf({ ...before, ...patchOf(before, after) });
      expect(patched).toEqual(definitionOf(after));
    }),
  );
});
