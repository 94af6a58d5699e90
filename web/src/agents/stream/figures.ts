import { type Frame, moment, number, text } from "../../live/frame";

/** What a run has used so far, as far as its stream tells. */
export type Figures = {
  /** Requests to the model that were answered. */
  turns: number;
  toolCalls: number;
  /** Tokens of the conversation as it was sent last, with what came back; null before the first answer. */
  context: number | null;
  /** US dollars; null where the price of a call is not known. */
  cost: number | null;
};

const NOTHING: Figures = { turns: 0, toolCalls: 0, context: null, cost: 0 };

type Count = { turns: Set<string>; calls: Set<string>; newest: number; context: number | null; cost: number; unpriced: boolean };

/** Adds up frames, in any order and however often each one comes. */
export class RunFigures {
  #runs = new Map<string, Count>();
  #seen = new Set<number>();
  /** When the oldest frame was stored that was heard of, in milliseconds since 1970, and how many were. */
  since = Number.POSITIVE_INFINITY;
  heard = 0;

  /** Take frames; true when a figure changed. */
  hear(frames: readonly Frame[]): boolean {
    let changed = false;
    for (const frame of frames) {
      this.heard += 1;
      this.since = Math.min(this.since, moment(frame) ?? this.since);
      const run = text(frame, "run");
      if (run === undefined || frame.id === null || this.#seen.has(frame.id) || !COUNTED.has(frame.name)) continue;
      this.#seen.add(frame.id);
      const count = this.#of(run);
      if (frame.name === "usage.recorded") this.#spend(count, frame, frame.id);
      else count.calls.add(text(frame, "tool_call_id") ?? "");
      changed = true;
    }
    return changed;
  }

  of(run: string): Figures {
    const count = this.#runs.get(run);
    if (count === undefined) return NOTHING;
    return {
      turns: count.turns.size,
      toolCalls: count.calls.size,
      context: count.context,
      cost: count.unpriced ? null : count.cost,
    };
  }

  #spend(count: Count, frame: Frame, id: number): void {
    const step = text(frame, "step") ?? "";
    if (step.startsWith("turn:")) count.turns.add(step);
    const cost = frame.data.cost;
    if (cost === null || cost === undefined) count.unpriced = true;
    else count.cost += Number(cost);
    if (id < count.newest || !step.startsWith("turn:")) return;
    count.newest = id;
    count.context = (number(frame, "input_tokens") ?? 0) + (number(frame, "output_tokens") ?? 0);
  }

  #of(run: string): Count {
    const held = this.#runs.get(run);
    if (held !== undefined) return held;
    const fresh: Count = { turns: new Set(), calls: new Set(), newest: 0, context: null, cost: 0, unpriced: false };
    this.#runs.set(run, fresh);
    return fresh;
  }
}

const COUNTED = new Set(["usage.recorded", "tool_call.executing"]);
