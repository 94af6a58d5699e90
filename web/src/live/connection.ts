import { createParser, type EventSourceMessage } from "eventsource-parser";
import { type Frame, number } from "./frame";

/** What a person is told of a connection. `retryAt`: milliseconds since 1970. */
export type ConnectionState =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "reconnecting"; retryAt: number }
  | { kind: "signed-out" }
  | { kind: "refused"; status: number }
  | { kind: "ended" }
  | { kind: "closed" };

type Options = {
  /** Where the stream is, without `after`. */
  url: string;
  /** The number of the newest frame that is held already. */
  after: number;
  onFrame: (frame: Frame) => void;
  onState?: (state: ConnectionState) => void;
  /** A frame of this name is the last one: a run's stream ends with the run. */
  isLast?: (frame: Frame) => boolean;
  /** Who is further behind than this many frames fetches what is shown anew, which is told as `reset`. */
  gapMax?: number;
  fetch?: typeof fetch;
  /** Between 0 and 1. */
  chance?: () => number;
  now?: () => number;
};

/** Nothing heard for so long, not even a heartbeat, which comes every 15 s: the line is dead. */
const SILENCE_MS = 40_000;
const BACK_OFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const OVER = 204;

/**
 * A stream of the server that comes back by itself and by its last id, so that nothing is missed and nothing told twice.
 * It asks by `fetch`, not by EventSource, which hides the status of a refusal.
 */
export class Connection {
  /** The number of the newest frame that was told. */
  last: number;
  state: ConnectionState = { kind: "closed" };
  readonly #options: Options;
  #attempt = 0;
  /** It was connected before: the server then leaves out what it tells newcomers, and says whether the stream is over. */
  #comesBack = false;
  #line: AbortController | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.last = options.after;
  }

  open(): void {
    if (this.#line !== null) return;
    clearTimeout(this.#retry);
    const line = new AbortController();
    this.#line = line;
    this.#enter({ kind: "connecting" });
    void this.#read(line);
  }

  close(): void {
    this.#hangUp();
    clearTimeout(this.#retry);
    this.#enter({ kind: "closed" });
  }

  /** Come back now: the network is there again, or somebody looks, who may have signed in again meanwhile. */
  hurry(): void {
    if (this.state.kind === "reconnecting" || this.state.kind === "signed-out") this.open();
  }

  /** The network went: a line over it may stay silent for long before it breaks. Another one is tried, which loopback still has. */
  lose(): void {
    if (this.#line !== null) this.#again();
  }

  async #read(line: AbortController): Promise<void> {
    try {
      this.#listen();
      const ask = this.#options.fetch ?? fetch;
      const response = await ask(this.#address(), {
        headers: {
          accept: "text/event-stream",
          ...(this.#comesBack && this.last > 0 ? { "last-event-id": String(this.last) } : {}),
        },
        signal: line.signal,
        cache: "no-store",
      });
      if (this.#line !== line) return;
      if (response.status === OVER) return this.#end();
      if (!response.ok || response.body === null) return this.#refused(response);
      await this.#consume(response.body, line);
    } catch {
      // Cut, refused by a proxy, or silent: whatever it was, what was missed comes with the next line.
    }
    if (this.#line === line) this.#again();
  }

  #address(): string {
    return `${this.#options.url}${this.#options.url.includes("?") ? "&" : "?"}after=${this.last}`;
  }

  async #consume(body: ReadableStream<Uint8Array>, line: AbortController): Promise<void> {
    const parser = createParser({
      onEvent: (event) => this.#line === line && this.#hear(event),
      onComment: () => this.#line === line && this.#alive(),
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#line !== line) return;
      this.#listen();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #hear(event: EventSourceMessage): void {
    const frame = frameOf(event);
    if (frame === null) return;
    if (frame.name === "hello") return this.#greet(frame);
    this.#alive();
    if (frame.name === "reset") this.last = number(frame, "seq") ?? this.last;
    if (frame.id !== null) {
      if (frame.id <= this.last) return;
      this.last = frame.id;
    }
    this.#options.onFrame(frame);
    if (this.#options.isLast?.(frame)) this.#end();
  }

  #greet(hello: Frame): void {
    const seq = number(hello, "seq") ?? 0;
    this.#comesBack = true;
    this.#enter({ kind: "live" });
    this.#options.onFrame(hello);
    if (seq - this.last <= (this.#options.gapMax ?? Number.POSITIVE_INFINITY)) return;
    this.last = seq;
    this.#options.onFrame({ id: null, name: "reset", data: { seq } });
    this.#hangUp();
    this.open();
  }

  /** More than a greeting was heard. Who is greeted and cut off again and again waits longer each time. */
  #alive(): void {
    this.#attempt = 0;
    this.#listen();
  }

  #refused(response: Response): void {
    const { status } = response;
    this.#hangUp();
    if (status === 401) return this.#enter({ kind: "signed-out" });
    // 404: it was deleted; 403: not for this caller. Asking again changes nothing. Busy and broken servers are asked again.
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.#enter({ kind: "refused", status });
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    this.#again(Number.isFinite(seconds) ? seconds * 1_000 : 0);
  }

  #again(least = 0): void {
    this.#hangUp();
    const longest = BACK_OFF_MS[Math.min(this.#attempt, BACK_OFF_MS.length - 1)] ?? 15_000;
    this.#attempt += 1;
    const wait = Math.max(least, longest / 2 + (longest / 2) * (this.#options.chance ?? Math.random)());
    this.#enter({ kind: "reconnecting", retryAt: (this.#options.now ?? Date.now)() + wait });
    this.#retry = setTimeout(() => this.open(), wait);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#again(), SILENCE_MS);
  }

  #end(): void {
    this.#hangUp();
    this.#enter({ kind: "ended" });
  }

  #hangUp(): void {
    clearTimeout(this.#silence);
    const line = this.#line;
    this.#line = null;
    line?.abort();
  }

  #enter(state: ConnectionState): void {
    this.state = state;
    this.#options.onState?.(state);
  }
}

/** What cannot be read is passed over: asking for it again would bring it again. */
function frameOf(event: EventSourceMessage): Frame | null {
  try {
    const data: unknown = JSON.parse(event.data);
    if (data === null || typeof data !== "object") return null;
    const id = event.id === undefined || event.id === "" ? null : Number(event.id);
    return { id, name: event.event ?? "message", data: data as Frame["data"] };
  } catch {
    return null;
  }
}
