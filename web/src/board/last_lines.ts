import { useSyncExternalStore } from "react";
import { api, ask } from "../api/client";
import { type Frame, text } from "../live/frame";
import { brief } from "../live/lines";
import { onFrames } from "../live/start";
import { session } from "../session";

/** What a run last said or did, in one line. */
export type LastLine = { kind: "said" | "does" | "did"; text: string; at: number };

const CHARACTERS_MAX = 140;
const KINDS = ["message.completed", "tool_call.started", "tool_call.executing", "tool_call.completed", "tool_call.failed"];
/** How far back the page looks for what agents at work did before it was opened. */
const FRAMES_BACK = 200;

const lines = new Map<string, LastLine>();
const listeners = new Map<string, Set<() => void>>();

/** The newest line of a run. Only who shows that run is drawn again. */
export function useLastLine(run: string | null): LastLine | undefined {
  return useSyncExternalStore(
    (listener) => {
      if (run === null) return () => {};
      const heard = listeners.get(run) ?? new Set();
      listeners.set(run, heard.add(listener));
      return () => {
        heard.delete(listener);
        if (heard.size === 0) listeners.delete(run);
      };
    },
    () => (run === null ? undefined : lines.get(run)),
  );
}

/** What was done shortly before the page was opened. Asked once. */
let asked: Promise<void> | null = null;
export function lookBack(): Promise<void> {
  const { seq } = session();
  asked ??= seq === null ? Promise.resolve() : recent(seq).catch(() => undefined);
  return asked;
}

async function recent(seq: number): Promise<void> {
  const query = { after: Math.max(0, seq - FRAMES_BACK), limit: FRAMES_BACK, kinds: KINDS };
  const page = await ask(api.GET("/v1/frames", { params: { query } }));
  hear(page.data.map(({ id, event, data }) => ({ id, name: event, data })));
}

/** Take frames, in any order: the newest of a run stands. */
export function hear(frames: readonly Frame[]): void {
  const changed = new Set<string>();
  for (const frame of frames) {
    const run = text(frame, "run");
    const line = lineOf(frame);
    if (run === undefined || line === null || line.at < (lines.get(run)?.at ?? 0)) continue;
    lines.set(run, line);
    changed.add(run);
  }
  for (const run of changed) for (const listener of listeners.get(run) ?? []) listener();
}

function lineOf(frame: Frame): LastLine | null {
  const at = frame.id ?? 0;
  const tool = text(frame, "tool");
  switch (frame.name) {
    case "message.completed": {
      const said = (text(frame, "text") || text(frame, "reasoning") || "").replace(/\s+/g, " ").trim();
      return said === "" ? null : { kind: "said", text: said.slice(0, CHARACTERS_MAX), at };
    }
    case "tool_call.started":
    case "tool_call.executing":
      return { kind: "does", text: `${tool} ${short(frame)}`.trim().slice(0, CHARACTERS_MAX), at };
    case "tool_call.completed":
      return { kind: "did", text: `${tool} ✓`, at };
    case "tool_call.failed":
      return { kind: "did", text: `${tool} ✗`, at };
    default:
      return null;
  }
}

/** The arguments in short: where there is one alone, its value. */
function short(frame: Frame): string {
  const args = frame.data.arguments;
  const json = typeof args === "string" ? args : JSON.stringify(args ?? {});
  const words = brief(json);
  return words.split(" · ").length === 1 ? words.replace(/^\w+ /, "") : words;
}

onFrames((frames) => hear(frames));
