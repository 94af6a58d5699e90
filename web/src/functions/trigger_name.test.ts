import { expect, test } from "vitest";
import { nameOf, schemaOf, sendableNames } from "./trigger_name";

test("a trigger's name is read out of its words", () => {
  expect(nameOf("order/created if event.data.total > 1000")).toBe("order/created");
  expect(nameOf("order/*")).toBe("order/*");
  expect(nameOf("cron 0 9 * * 1-5 Europe/Oslo")).toBeNull();
});

test("patterns, schedules and the platform's own events are not proposed to be sent", () => {
  const functions = [
    { triggers: ["order/created", "order/*", "cron 0 3 * * *"], input_schema: null },
    { triggers: ["board/task.assigned", "order/created if event.data.vip", "a"], input_schema: null },
  ];
  expect(sendableNames(functions)).toEqual(["a", "order/created"]);
});

test("the schema is that of a function which listens to just this name", () => {
  const schema = { type: "object" };
  const functions = [
    { triggers: ["order/*"], input_schema: { type: "string" } },
    { triggers: ["order/created"], input_schema: null },
    { triggers: ["order/created if event.data.a"], input_schema: schema },
  ];
  expect(schemaOf("order/created", functions)).toBe(schema);
  expect(schemaOf("order/paid", functions)).toBeNull();
});
