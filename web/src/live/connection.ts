import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Frame } from "./frame";

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
  fetch?: typeof fetch;
  /** Between 0 and 1. */
  chance?: () => number;
  now?: () => number;
};

/** Nothing heard for so long, not even a heartbeat, which comes every 15 s: the line is dead. */
const SILENCE_MS = 40_000;
const BACK_OFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

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
    this.#enter({ kind: "connecting" });
    void this.#read();
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

  async #read(): Promise<void> {
    const line = new AbortController();
    this.#line = line;
    try {
      this.#listen();
      const ask = this.#options.fetch ?? fetch;
      const response = await ask(this.#address(), {
        headers: { accept: "text/event-stream" },
        signal: line.signal,
        cache: "no-store",
      });
      if (!response.ok || response.body === null) return this.#refused(response.status);
      await this.#consume(response.body, line.signal);
    } catch {
      // Cut, refused by a proxy, or silent: whatever it was, what was missed comes with the next line.
    }
    if (this.#line === line) this.#again();
  }

  #address(): string {
    return `${this.#options.url}${this.#options.url.includes("?") ? "&" : "?"}after=${this.last}`;
  }

  async #consume(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    const parser = createParser({ onEvent: (event) => this.#tell(event), onComment: () => this.#listen() });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#listen();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  #tell(event: EventSourceMessage): void {
    if (this.#line === null) return;
    const id = event.id === undefined || event.id === "" ? null : Number(event.id);
    const frame: Frame = { id, name: event.event ?? "message", data: JSON.parse(event.data) as Frame["data"] };
    if (frame.name === "hello") {
      this.#attempt = 0;
      this.#enter({ kind: "live" });
    }
    if (frame.name === "reset" && typeof frame.data.seq === "number") this.last = frame.data.seq;
    if (id !== null) {
      if (id <= this.last) return;
      this.last = id;
    }
    this.#options.onFrame(frame);
    if (this.#options.isLast?.(frame)) {
      this.#hangUp();
      this.#enter({ kind: "ended" });
    }
  }

  #refused(status: number): void {
    this.#hangUp();
    if (status === 401) return this.#enter({ kind: "signed-out" });
    // 404: it was deleted; 403: not for this caller. Asking again changes nothing. Busy and broken servers are asked again.
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.#enter({ kind: "refused", status });
    this.#again();
  }

  #again(): void {
    if (this.state.kind === "ended" || this.state.kind === "closed") return;
    this.#hangUp();
    const longest = BACK_OFF_MS[Math.min(this.#attempt, BACK_OFF_MS.length - 1)] ?? 15_000;
    this.#attempt += 1;
    const wait = longest / 2 + (longest / 2) * (this.#options.chance ?? Math.random)();
    this.#enter({ kind: "reconnecting", retryAt: (this.#options.now ?? Date.now)() + wait });
    this.#retry = setTimeout(() => this.open(), wait);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#again(), SILENCE_MS);
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
