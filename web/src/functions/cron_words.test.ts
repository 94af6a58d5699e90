import { expect, test } from "vitest";
import { cronOf, cronWords } from "./cron_words";

test("the usual schedules are said in words", () => {
  expect(cronWords("*/10 * * * *")).toBe("every 10 minutes");
  expect(cronWords("0 * * * *")).toBe("every hour");
  expect(cronWords("0 9 * * 1-5")).toBe("at 09:00 from Monday to Friday");
  expect(cronWords("30 8,17 * * MON,THU")).toBe("at 08:30 and 17:30 on Monday and Thursday");
  expect(cronWords("0 3 L * *")).toBe("at 03:00 on the last day of the month");
  expect(cronWords("0 0 * * 7")).toBe("at 00:00 on Sunday");
});

test("what has no short sentence keeps its fields", () => {
  for (const cron of ["0 0 1 1 *", "0 9 * * 5#2", "0 9 1 * 1", "1-5 * * * *", "0 0 9 * * *", "0 9 1-7 * *"])
    expect(cronWords(cron)).toBeNull();
});

test("a schedule is read out of a trigger's words", () => {
  expect(cronOf("cron 0 9 * * 1-5 Europe/Oslo")).toEqual({ cron: "0 9 * * 1-5", zone: "Europe/Oslo" });
  expect(cronOf("cron */10 * * * *")).toEqual({ cron: "*/10 * * * *", zone: "UTC" });
  expect(cronOf("cron 30 0 9 * * 1")).toEqual({ cron: "30 0 9 * * 1", zone: "UTC" });
  expect(cronOf("order/created")).toBeNull();
});
