import { Connection, type ConnectionState } from "./connection";
import type { Frame } from "./frame";
import { Batch } from "./paint";

/** A hidden page that holds the stream lets go of it after this time, and takes it up by its last id when somebody looks again. */
const HIDDEN_MS_MAX = 5 * 60_000;

type Told = { kind: "frame"; frame: Frame } | { kind: "state"; state: ConnectionState } | { kind: "ask" };
type Options = {
  /** Whose stream: pages of one browser that show the same tenant to the same person share one. */
  name: string;
  after: number;
  onFrames: (frames: Frame[]) => void;
  onState: (state: ConnectionState) => void;
  /** How many frames are held back while it is paused. */
  onHeld: (held: number) => void;
  /** The frames behind one that is held, for a page that was away while another one listened. */
  catchUp: (after: number) => Promise<{ frames: Frame[]; reset: boolean; seq: number }>;
};

/**
 * The tenant's stream, of which all pages of a browser share one connection: over HTTP/1.1 an origin gets six in all. The page that holds
 * a lock of that name listens and tells the others; when it goes, the next one goes on from the last frame that it was told.
 */
export class TenantStream {
  readonly #options: Options;
  readonly #channel: BroadcastChannel;
  readonly #batch: Batch<Frame>;
  #last: number;
  #connection: Connection | null = null;
  #waiting: AbortController | null = null;
  #stepDown: (() => void) | null = null;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #paused = false;
  #held: Frame[] = [];

  constructor(options: Options) {
    this.#options = options;
    this.#last = options.after;
    this.#batch = new Batch((frames) => this.#deliver(frames));
    this.#channel = new BroadcastChannel(`flowforge.stream:${options.name}`);
    this.#channel.onmessage = (message: MessageEvent<Told>) => this.#hear(message.data);
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("online", this.#look);
    this.#queue();
    this.#channel.postMessage({ kind: "ask" } satisfies Told);
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("online", this.#look);
    clearTimeout(this.#hidden);
    this.#waiting?.abort();
    this.#release();
    this.#channel.close();
  }

  /** Listen again now: who was signed out has signed in. */
  hurry(): void {
    this.#connection?.hurry();
  }

  /** Hold back what comes, and say by `onHeld` how much it is; `resume` shows it. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    if (held.length > 0) this.#options.onFrames(held);
  }

  /** Wait for the lock, and listen for as long as it is ours. */
  #queue(): void {
    if (this.#waiting !== null || this.#connection !== null) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    navigator.locks
      .request(`flowforge.stream:${this.#options.name}`, { signal: waiting.signal }, () => {
        this.#waiting = null;
        return this.#lead();
      })
      .catch((reason: unknown) => {
        if (!waiting.signal.aborted) throw reason;
      });
  }

  #lead(): Promise<void> {
    return new Promise((resolve) => {
      this.#stepDown = resolve;
      this.#connection = new Connection({
        url: "/v1/stream",
        after: this.#last,
        onFrame: (frame) => {
          this.#channel.postMessage({ kind: "frame", frame } satisfies Told);
          this.#take(frame);
        },
        onState: (state) => {
          this.#channel.postMessage({ kind: "state", state } satisfies Told);
          this.#options.onState(state);
        },
      });
      this.#connection.open();
    });
  }

  #release(): void {
    this.#connection?.close();
    this.#connection = null;
    this.#stepDown?.();
    this.#stepDown = null;
  }

  #hear(told: Told): void {
    if (told.kind === "frame") this.#take(told.frame);
    else if (told.kind === "state") this.#options.onState(told.state);
    else if (this.#connection !== null)
      this.#channel.postMessage({ kind: "state", state: this.#connection.state } satisfies Told);
  }

  #take(frame: Frame): void {
    if (frame.id !== null) {
      if (frame.id <= this.#last) return;
      this.#last = frame.id;
    } else if (frame.name === "reset" && typeof frame.data.seq === "number") this.#last = frame.data.seq;
    this.#batch.add(frame);
  }

  #deliver(frames: Frame[]): void {
    if (!this.#paused) return this.#options.onFrames(frames);
    this.#held.push(...frames);
    this.#options.onHeld(this.#held.length);
  }

  #look = (): void => {
    clearTimeout(this.#hidden);
    if (document.visibilityState === "hidden") {
      this.#hidden = setTimeout(() => this.#rest(), HIDDEN_MS_MAX);
      return;
    }
    this.#connection?.hurry();
    if (this.#connection === null && this.#waiting === null) {
      this.#queue();
      void this.#missed();
    }
  };

  /** Let go: another page of this browser takes over, if there is one. */
  #rest(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release();
  }

  async #missed(): Promise<void> {
    const found = await this.#options.catchUp(this.#last).catch(() => null);
    if (found === null) return; // the connection, once there is one, tells the same
    if (found.reset) this.#take({ id: null, name: "reset", data: { seq: found.seq } });
    for (const frame of found.frames) this.#take(frame);
  }
}
