import { expect, test } from "vitest";
import { capacityWords, gateWords, limitWords } from "./limit_words";

const gate = (limit: string, more: object = {}) => ({
  limit,
  key: "",
  waiting: 5,
  used: 1,
  capacity: 1,
  per_seconds: null,
  reason: "as the server says",
  ...more,
});

test("a function's own limits are told from those with a name", () => {
  expect(limitWords("order.ship:0")).toEqual({ what: "concurrency", function: "order.ship" });
  expect(limitWords("order.ship:throttle")).toEqual({ what: "throttle", function: "order.ship" });
  expect(limitWords("stripe")).toEqual({ what: "shared limit", function: null });
});

test("what a gate lets through, and to whom", () => {
  expect(gateWords(gate("order.ship:0"))).toBe("its concurrency lets 1 at once, 1 in use");
  expect(gateWords(gate("stripe", { capacity: 10, used: 10, key: '"acme"' }))).toBe(
    'the shared limit stripe for "acme" lets 10 at once, 10 in use',
  );
  expect(gateWords(gate("order.ship:throttle", { capacity: 10, used: null, per_seconds: 60 }))).toBe(
    "its throttle lets 10 starts in 1 min",
  );
  expect(gateWords(gate("agent lane"))).toBe("as the server says");
  expect(capacityWords(1, 10)).toBe("1 start in 10 s");
});
