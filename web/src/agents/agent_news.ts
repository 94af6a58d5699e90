import type { Schema } from "../api/client";
import { type Frame, family, text } from "../live/frame";

type Agent = Pick<Schema<"AgentOut">, "id" | "name" | "run">;

/** Of which agents frames tell something: what they do, and what they spent. `all`: somebody's, and nobody knows whose. */
export type AgentNews = { doing: Set<string>; spending: Set<string>; all: boolean };

/** The function by which agents work: a run of it that is queued is somebody's, though its frame does not say whose. */
const AGENT_FUNCTION = "flowforge.agent";

/** Which agents are to be asked for again, so that those are fetched and no others. */
export function newsIn(frames: readonly Frame[], agents: readonly Agent[]): AgentNews {
  const news: AgentNews = { doing: new Set(), spending: new Set(), all: false };
  for (const frame of frames) {
    if (frame.name === "usage.recorded") take(news.spending, byRun(frame, agents));
    else if (frame.name === "run.queued") news.all ||= isOfNobody(frame, frames);
    else if (family(frame) === "agent") {
      const found = byName(frame, agents);
      take(news.doing, found);
      news.all ||= found.length === 0;
    } else if (family(frame) === "task") take(news.doing, byName(frame, agents));
    else if (STATES.has(family(frame))) take(news.doing, byRun(frame, agents));
  }
  return news;
}

const STATES = new Set(["run", "approval", "budget"]);

function take(ids: Set<string>, agents: readonly Agent[]): void {
  for (const agent of agents) ids.add(agent.id);
}

function byRun(frame: Frame, agents: readonly Agent[]): Agent[] {
  const run = text(frame, "run");
  return run === undefined ? [] : agents.filter((one) => one.run === run);
}

/** By an id or a name in any field: who gives work to whom is said in several. */
function byName(frame: Frame, agents: readonly Agent[]): Agent[] {
  const said = new Set(wordsIn(frame.data));
  return agents.filter((one) => said.has(one.id) || said.has(one.name));
}

function wordsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(wordsIn);
}

/** A run that waits for its turn is somebody's once it begins, or where a card that was given away comes with it. */
function isOfNobody(frame: Frame, frames: readonly Frame[]): boolean {
  if (text(frame, "function") !== AGENT_FUNCTION) return false;
  const run = text(frame, "run");
  return !frames.some((one) => one.name === "task.assigned" || (one.name === "agent.status" && text(one, "run") === run));
}
