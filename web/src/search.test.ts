import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch, readSearch, writeSearch } from "./search";

test("an address stays readable", () => {
  expect(writeSearch({ state: "failed", since: "24h", name: "order/created", q: undefined, fn: "" })).toBe(
    "?state=failed&since=24h&name=order/created",
  );
});

test("what is written is read again, whatever it is", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ minLength: 1, unit: "grapheme" })), (search) => {
      expect(parseSearch(writeSearch(search))).toEqual({ ...search });
    }),
  );
});

test("a page reads only what it knows, and numbers stay text", () => {
  const read = readSearch("q", "state");
  expect(read(parseSearch("?q=8241&state=&evil=1"))).toEqual({ q: "8241" });
});
