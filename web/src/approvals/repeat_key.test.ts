import { expect, test } from "vitest";
import { RepeatKeys } from "./repeat_key";

test("the same decision tried again has the same key, another decision another", () => {
  const keys = new RepeatKeys();
  const first = keys.of("apr_1", { approved: true });
  expect(keys.of("apr_1", { approved: true })).toBe(first);
  expect(keys.of("apr_1", { approved: false })).not.toBe(first);
  expect(keys.of("apr_2", { approved: true })).not.toBe(first);
  keys.settled("apr_1", { approved: true });
  expect(keys.of("apr_1", { approved: true })).not.toBe(first);
});
