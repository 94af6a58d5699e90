import fc from "fast-check";
import { expect, test } from "vitest";
import { hides, revealed } from "./hidden_text";
import { summary } from "./summary";

test("what turns a text round or cannot be seen is named", () => {
  expect(revealed("pay\u202eevil")).toEqual([
    { kind: "seen", text: "pay" },
    { kind: "hidden", code: "U+202E" },
    { kind: "seen", text: "evil" },
  ]);
  expect(hides({ to: ["ada@exam\u200bple.com"] })).toBe(true);
  expect(hides({ "am\u2060ount": 1 })).toBe(true);
});

test("languages and pictures hide nothing", () => {
  expect(hides({ text: "مرحبا بالعالم, Bryggen 3, 東京, é, 👩‍👩‍👧, ❤️\n\tend" })).toBe(false);
});

test("nothing of a text is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const told = revealed(text)
        .map((part) => (part.kind === "seen" ? part.text : String.fromCodePoint(Number.parseInt(part.code.slice(2), 16))))
        .join("");
      expect(told).toBe(text);
    }),
  );
});

test("a call in one line has its amount first and no line of its own", () => {
  expect(summary({ order_id: "ORD-9218", amount: 420, note: null, to: ["a@x", "b@x"], body: "Dear\n\nAda" })).toBe(
    "amount 420 · order_id ORD-9218 · to a@x and 1 more · body Dear Ada",
  );
  expect(summary({})).toBe("");
});
