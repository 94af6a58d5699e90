import { expect, test } from "vitest";
import { flowWords } from "./flow_words";
import { every, span } from "./span";

const said = (flow: Record<string, unknown>) => flowWords(flow).map((one) => `${one.name}: ${one.said}`);

test("concurrency of its own, by a key, and of a shared limit", () => {
  expect(
    said({
      concurrency: [
        { limit: 5, scope: "function" },
        { limit: 1, key: "event.data.customer", scope: "function" },
        { name: "stripe", concurrency: 10, scope: "all" },
      ],
    }),
  ).toEqual([
    "Concurrency: 5 at once",
    "Concurrency: 1 at once for each `event.data.customer`",
    "Concurrency: 10 at once under the shared limit `stripe`",
  ]);
});

test("throttle, rate, debounce and batch", () => {
  expect(said({ throttle: { limit: 1, period: "10s", burst: 1 } })).toEqual([
    "Throttle: one start every 10 s, spread out; what is too early waits",
  ]);
  expect(said({ rate: { limit: 60, period: "1m" } })).toEqual([
    "Rate: at most 60 starts every minute; what is over it is skipped",
  ]);
  expect(said({ debounce: { period: "2s", cap: 10 } })).toEqual([
    "Debounce: one run with the last event, once none has come for 2 s, after 10 s in any case",
  ]);
  expect(said({ batch: { size: 50, timeout: "5m" } })).toEqual([
    "Batch: one run for up to 50 events, or for those of 5 min after the first",
  ]);
});

test("what stands alone: priority, time-outs, one at a time", () => {
  expect(said({ priority: 2, timeout: "24h", singleton: { mode: "skip" } })).toEqual([
    "Singleton: one run at a time; what comes meanwhile is skipped",
    "Priority: sooner than the tenant's other runs (+2)",
    "Finish within: 1 d of its start, or it is cancelled",
  ]);
  expect(said({ priority: "event.data.vip ? 2 : 0" })).toEqual(["Priority: by `event.data.vip ? 2 : 0`"]);
});

test("events that cancel it, limits on its steps", () => {
  expect(said({ cancel_on: [{ event: "order/cancelled", match: "data.order_id" }] })).toEqual([
    "Cancelled by: the event `order/cancelled` with the same `data.order_id`",
  ]);
  expect(said({ step_limits: [["ai", { name: "models", concurrency: 20 }]] })).toEqual([
    "Steps: steps of the kind `ai`: 20 at once under `models`",
  ]);
});

test("nothing asked, nothing said", () => {
  expect(flowWords({})).toEqual([]);
});

test("spans are read as code writes them, and left alone where they cannot be", () => {
  expect([span("1h30m"), span(90), span("250ms"), span("soon")]).toEqual(["1 h 30 min", "1 min 30 s", "250 ms", "soon"]);
  expect([every("1m"), every("1s"), every("15m")]).toEqual(["minute", "second", "15 min"]);
});
