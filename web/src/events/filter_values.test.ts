import { expect, test } from "vitest";
import { valuesAsked } from "./filter_values";

test("a filter's reason is completed with what stands in the event", () => {
  expect(valuesAsked("the filter event.data.total > 1000 is false", { total: 420 })).toEqual(["`total` is `420`"]);
});

test("fields inside of fields, each once, and none that is missing", () => {
  const reason = 'the filter event.data.to.city == "Oslo" && event.data.to.city != event.data.from.city is false';
  expect(valuesAsked(reason, { to: { city: "Bergen" } })).toEqual(['`to.city` is `"Bergen"`']);
});

test("an inherited name is no field", () => {
  expect(valuesAsked("the filter event.data.constructor is false", {})).toEqual([]);
});

test("a long value is cut", () => {
  expect(valuesAsked("event.data.a", { a: "x".repeat(200) })[0]?.length).toBeLessThan(80);
});
