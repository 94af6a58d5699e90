import { expect, test } from "vitest";
import type { Frame } from "../live/frame";
import { newsIn } from "./agent_news";

const AGENTS = [
  { id: "agt_1", name: "atlas", run: "run_1" },
  { id: "agt_2", name: "maya", run: null },
];

function frame(name: string, data: Record<string, unknown>): Frame {
  return { id: 1, name, data };
}

test("an agent's status and its runs make that agent stale, and no other", () => {
  const news = newsIn([frame("agent.status", { agent: "agt_2" }), frame("run.suspended", { run: "run_1" })], AGENTS);
  expect([...news.doing]).toEqual(["agt_2", "agt_1"]);
  expect(news.all).toBe(false);
});

test("what a call cost is asked for apart from what is done", () => {
  const news = newsIn([frame("usage.recorded", { run: "run_1" }), frame("usage.recorded", { run: "run_of_a_function" })], AGENTS);
  expect([...news.spending]).toEqual(["agt_1"]);
  expect(news.doing.size).toBe(0);
});

test("a card that is given to an agent makes it stale by its name", () => {
  expect([...newsIn([frame("task.assigned", { task: "FF-1", to: { agent: "maya" } })], AGENTS).doing]).toEqual(["agt_2"]);
});

test("who gives work to whom is stale on both sides", () => {
  expect([...newsIn([frame("agent.delegated", { by: "atlas", to: "maya" })], AGENTS).doing]).toEqual(["agt_1", "agt_2"]);
});

test("an agent that nobody knew makes all of them stale", () => {
  expect(newsIn([frame("agent.status", { agent: "agt_9" })], AGENTS).all).toBe(true);
});

test("a run that waits for its turn is somebody's, unless it is said whose", () => {
  const queued = frame("run.queued", { run: "run_2", function: "flowforge.agent" });
  expect(newsIn([queued], AGENTS).all).toBe(true);
  expect(newsIn([queued, frame("task.assigned", { to: { agent: "maya" } })], AGENTS).all).toBe(false);
  expect(newsIn([frame("run.queued", { run: "run_3", function: "order.process" })], AGENTS).all).toBe(false);
});
