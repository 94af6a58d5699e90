import { api, ask, type Schema, setCsrfToken } from "./api/client";
import { Problem } from "./api/problem";

/** Who is looking, and how far the tenant's stream was when they began to. */
export type Session = { me: Schema<"Me">; seq: number | null };

let current: Session | null = null;

/** Ask once, before anything is shown: the number of the newest frame is from before everything that the pages fetch. */
export async function beginSession(): Promise<Session> {
  const [me, seq] = await Promise.all([ask(api.GET("/v1/me")), newestFrame()]);
  setCsrfToken(me.csrf_token);
  current = { me, seq };
  return current;
}

async function newestFrame(): Promise<number | null> {
  const frames = await ask(api.GET("/v1/frames", { params: { query: { limit: 1 } } })).catch((reason: unknown) => {
    // Who may not read runs sees no stream. Everything else is a fault, and passes.
    if (reason instanceof Problem && reason.status === 403) return null;
    throw reason;
  });
  return frames === null ? null : frames.seq;
}

/** Who is looking. The pages are drawn only once that is known. */
export function session(): Session {
  if (current === null) throw new Error("the session has not begun");
  return current;
}

/** Whether the caller may do this: `may("tasks:write")`. What they may not is not offered; the server decides all the same. */
export function may(permission: string): boolean {
  return session().me.permissions.includes(permission);
}

/** Where one signs in, and comes back from to what is shown now. */
export function signInAddress(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}
