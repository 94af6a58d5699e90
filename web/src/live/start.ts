import type { QueryClient } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import type { Session } from "../session";
import type { Frame } from "./frame";
import { setLiveState, tellCaughtUp } from "./state";
import { GAP_MAX, TenantStream } from "./tenant_stream";

/** What a room does with the frames that came since the last paint: change what is cached, or say that it is stale. */
export type FrameRule = (frames: Frame[], client: QueryClient) => void;

const rules = new Set<FrameRule>();
const listeners = new Set<(frames: Frame[]) => void>();
let stream: TenantStream | null = null;

/** Let a room hear the tenant's stream, for as long as the page is open. */
export function onFrames(rule: FrameRule): void {
  rules.add(rule);
}

/** Let a component hear the tenant's stream. Returns what ends it. */
export function listen(listener: (frames: Frame[]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follow the tenant. Where a gap cannot be filled any more, everything that is shown is fetched again. */
export function startLive(session: Session, client: QueryClient): void {
  if (session.seq === null) {
    setLiveState({ connection: { kind: "refused", status: 403 } });
    return;
  }
  stream = new TenantStream({
    name: `${session.me.tenant}:${session.me.name}`,
    after: session.seq,
    catchUp,
    onState: (connection) => setLiveState({ connection }),
    onFrames: (frames) => {
      if (frames.some((frame) => frame.name === "reset")) void client.invalidateQueries();
      for (const rule of rules) attempt(() => rule(frames, client));
      for (const listener of listeners) attempt(() => listener(frames));
    },
    onHeld: (held) => setLiveState({ held }),
    onCaughtUp: tellCaughtUp,
  });
  stream.start();
}

/** One that fails must not keep the frames from the others. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (reason) {
    reportError(reason);
  }
}

/** Listen again now, instead of when it is time to try. */
export function hurryLive(): void {
  stream?.hurry();
}

/** Hold the screen still; what comes meanwhile is counted, and shown when it goes on. */
export function setPaused(paused: boolean): void {
  if (paused) stream?.pause();
  else stream?.resume();
  setLiveState({ paused, held: 0 });
}

const PAGE = 200;

async function catchUp(after: number): Promise<{ frames: Frame[]; reset: boolean; seq: number }> {
  const frames: Frame[] = [];
  for (;;) {
    const page = await ask(api.GET("/v1/frames", { params: { query: { after, limit: PAGE } } }));
    if (page.reset || page.seq - after > GAP_MAX) return { frames: [], reset: true, seq: page.seq };
    frames.push(...page.data.map(({ id, event, data }) => ({ id, name: event, data })));
    after = page.after;
    if (page.after >= page.seq) return { frames, reset: false, seq: page.seq };
  }
}
