import { expect, test } from "vitest";
import type { Frame } from "../live/frame";
import { linesOf } from "./log_lines";
import recorded from "./recorded/runs.json";

const frames = (name: string): Frame[] =>
  (recorded.find((one) => one.name === name)?.frames ?? []).map(({ id, event, data }) => ({ id, name: event, data }));

test("a run that failed tells of each try and of its end", () => {
  expect(linesOf(frames("failed")).map((line) => [line.step, line.text])).toEqual([
    [null, "began"],
    ["charge", "try 1 failed: 503 from slack.com on try 1; next try in 526 ms"],
    ["charge", "try 2 failed: 503 from slack.com on try 2; next try in 1.9 s"],
    [null, "left its worker until the next try"],
    [null, "went on, 4 steps from their record"],
    ["charge", "gave up: 503 from slack.com on try 3"],
    [null, "failed: step 'charge' failed: 503 from slack.com on try 3"],
  ]);
});

test("frames that came twice, or late, are told once and in order", () => {
  const all = frames("nap");
  expect(linesOf([...all.slice(4), ...all])).toEqual(linesOf(all));
});

test("progress is its latest line", () => {
  const progress = (id: number, done: number): Frame => ({ id, name: "run.progress", data: { done, message: "" } });
  expect(linesOf([progress(3, 0.1), progress(4, 0.2)]).map((line) => line.text)).toEqual(["20 %"]);
});
