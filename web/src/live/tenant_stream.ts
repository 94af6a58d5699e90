import { Connection, type ConnectionState } from "./connection";
import { type Frame, number } from "./frame";
import { Batch } from "./paint";

/** A hidden page that holds the stream lets go of it after this time, and takes it up by its last id when somebody looks again. */
const HIDDEN_MS_MAX = 5 * 60_000;
/** Who is further behind than this many frames fetches what is shown anew: that is less than to read them. */
export const GAP_MAX = 5_000;
/** How soon a catching up that failed is tried again. */
const AGAIN_MS = [2_000, 4_000, 8_000, 15_000];

/** `before`: the number of the frame that came before this one on the line of the page that tells of it. */
type Told =
  | { kind: "frame"; frame: Frame; before: number }
  | { kind: "state"; state: ConnectionState; last: number }
  | { kind: "ask" };

type Options = {
  /** Whose stream: pages of one browser that show the same tenant to the same person share one. */
  name: string;
  after: number;
  onFrames: (frames: Frame[]) => void;
  onState: (state: ConnectionState) => void;
  /** How many frames are held back while it is paused. */
  onHeld: (held: number) => void;
  /** So many frames had been missed, and are there now. */
  onCaughtUp?: (count: number) => void;
  /** The frames behind one that is held, for a page that was away while another one listened. */
  catchUp: (after: number) => Promise<{ frames: Frame[]; reset: boolean; seq: number }>;
  fetch?: typeof fetch;
  /** Whether somebody looks. */
  page?: Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">;
};

/**
 * The tenant's stream, of which all pages of a browser share one connection: over HTTP/1.1 an origin gets six in all. The page that holds
 * a lock of that name listens and tells the others; when it goes, the next one goes on from the last frame that it was told. Pages tell
 * each other in no certain order, and a page may be frozen: each frame says which one it follows, and who does not hold that one asks the
 * server for what lies between. Where the browser has no locks (a page that came over plain HTTP) each page listens for itself.
 */
export class TenantStream {
  readonly #options: Options;
  readonly #channel: BroadcastChannel;
  readonly #page: NonNullable<Options["page"]>;
  readonly #batch: Batch<Frame>;
  #last: number;
  /** The newest frame that another page told of. */
  #heard = 0;
  #filling = false;
  #failures = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #connection: Connection | null = null;
  #waiting: AbortController | null = null;
  #stepDown: (() => void) | null = null;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #paused = false;
  #held: Frame[] = [];
  #heldCount = 0;
  /** The line was broken: what is there when it is back had been missed. */
  #wasAway = false;
  /** Frames up to this number were there before the line was: they had been missed. */
  #owed = 0;
  #caughtUp = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#page = options.page ?? document;
    this.#last = options.after;
    this.#batch = new Batch((frames) => this.#deliver(frames));
    this.#channel = new BroadcastChannel(`flowforge.stream:${options.name}`);
    this.#channel.onmessage = (message: MessageEvent<Told>) => this.#hear(message.data);
  }

  start(): void {
    this.#page.addEventListener("visibilitychange", this.#look);
    addEventListener("online", this.#look);
    addEventListener("offline", this.#lose);
    this.#queue();
    this.#tell({ kind: "ask" });
  }

  stop(): void {
    this.#stopped = true;
    this.#page.removeEventListener("visibilitychange", this.#look);
    removeEventListener("online", this.#look);
    removeEventListener("offline", this.#lose);
    clearTimeout(this.#hidden);
    clearTimeout(this.#again);
    this.#waiting?.abort();
    this.#release();
    this.#channel.close();
    this.#batch.drop();
  }

  /** Listen again now, whichever page does: who was signed out has signed in. */
  hurry(): void {
    if (this.#connection !== null) this.#connection.hurry();
    else this.#tell({ kind: "ask" });
  }

  /** Hold back what comes, and say by `onHeld` how much it is; `resume` shows it. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    this.#heldCount = 0;
    if (held.length > 0) this.#options.onFrames(held);
  }

  /** Wait for the lock, and listen for as long as it is ours. */
  #queue(): void {
    if (this.#waiting !== null || this.#connection !== null) return;
    if (navigator.locks === undefined) return void this.#lead();
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
      let before = this.#last;
      this.#connection = new Connection({
        url: "/v1/stream",
        after: this.#last,
        gapMax: GAP_MAX,
        fetch: this.#options.fetch,
        onFrame: (frame) => {
          this.#tell({ kind: "frame", frame, before });
          before = frame.id ?? (frame.name === "reset" ? (number(frame, "seq") ?? before) : before);
          this.#take(frame);
        },
        onState: (state) => {
          if (state.kind !== "closed") this.#tell({ kind: "state", state, last: this.#last });
          this.#enter(state);
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

  #tell(told: Told): void {
    if (navigator.locks !== undefined) this.#channel.postMessage(told);
  }

  #hear(told: Told): void {
    if (told.kind === "ask") {
      if (this.#connection === null) return;
      this.#connection.hurry(); // somebody looks there, while this page may be hidden
      return this.#tell({ kind: "state", state: this.#connection.state, last: this.#last });
    }
    if (this.#connection !== null) return; // another page has just let go: what it tells, the line tells too
    if (told.kind === "state") {
      this.#enter(told.state);
      return this.#missing(told.last);
    }
    const { frame, before } = told;
    if (frame.id === null) return this.#take(frame);
    if (before > this.#last) return this.#missing(frame.id);
    this.#take(frame);
  }

  #enter(state: ConnectionState): void {
    if (state.kind === "reconnecting" || state.kind === "signed-out") this.#wasAway = true;
    this.#options.onState(state);
  }

  #take(frame: Frame): void {
    if (frame.id !== null) {
      if (frame.id <= this.#last) return;
      this.#last = frame.id;
      if (frame.id <= this.#owed) this.#caughtUp += 1;
    } else if (frame.name === "hello") {
      if (this.#wasAway) this.#owed = number(frame, "seq") ?? 0;
      this.#wasAway = false;
    } else if (frame.name === "reset") this.#last = this.#heard = number(frame, "seq") ?? this.#last;
    this.#batch.add(frame);
  }

  #deliver(frames: Frame[]): void {
    if (this.#caughtUp > 0) this.#options.onCaughtUp?.(this.#caughtUp);
    this.#caughtUp = 0;
    if (!this.#paused) return this.#options.onFrames(frames);
    this.#heldCount += frames.filter((frame) => frame.id !== null).length;
    this.#held.push(...frames);
    if (this.#held.length > GAP_MAX) this.#held = [{ id: null, name: "reset", data: { seq: this.#last } }];
    this.#options.onHeld(this.#heldCount);
  }

  #look = (): void => {
    clearTimeout(this.#hidden);
    if (this.#page.visibilityState === "hidden") {
      this.#hidden = setTimeout(() => this.#rest(), HIDDEN_MS_MAX);
      return;
    }
    if (this.#connection !== null) return this.#connection.hurry();
    this.#queue();
    this.#tell({ kind: "ask" });
  };

  #lose = (): void => this.#connection?.lose();

  /** Let go: another page of this browser takes over, if there is one. */
  #rest(): void {
    this.#wasAway = true;
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release();
  }

  /** Another page is further than this one: what lies between is asked for, until nothing does. */
  #missing(heard: number): void {
    this.#heard = Math.max(this.#heard, heard);
    if (this.#filling || this.#heard <= this.#last) return;
    this.#filling = true;
    clearTimeout(this.#again);
    void this.#fill();
  }

  async #fill(): Promise<void> {
    const found = await this.#options.catchUp(this.#last).catch(() => null);
    this.#filling = false;
    if (this.#stopped) return;
    if (found === null) {
      const wait = AGAIN_MS[Math.min(this.#failures, AGAIN_MS.length - 1)];
      this.#failures += 1;
      this.#again = setTimeout(() => this.#connection === null && this.#missing(this.#heard), wait);
      return;
    }
    this.#failures = 0;
    this.#owed = Math.max(this.#owed, found.seq);
    if (found.reset) this.#take({ id: null, name: "reset", data: { seq: found.seq } });
    for (const frame of found.frames) this.#take(frame);
    this.#last = Math.max(this.#last, found.seq);
    if (this.#connection === null) this.#missing(this.#heard);
  }
}
