/** What pages of one browser share, for tests: locks, and channels on which they tell each other things. */
export class Browser {
  #locks = new Map<string, { held: boolean; waiting: (() => void)[] }>();
  #channels = new Set<Channel>();
  /** Messages that are on their way: with `deliver` false they wait, and a test lets them through. */
  deliver = true;
  #underway: (() => void)[] = [];

  locks = {
    request: (name: string, options: { signal?: AbortSignal }, run: () => Promise<void>): Promise<void> => {
      const lock = this.#locks.get(name) ?? { held: false, waiting: [] };
      this.#locks.set(name, lock);
      return new Promise((resolve, reject) => {
        const take = () => {
          lock.held = true;
          queueMicrotask(() =>
            run().then(() => {
              lock.held = false;
              lock.waiting.shift()?.();
              resolve();
            }),
          );
        };
        options.signal?.addEventListener("abort", () => {
          lock.waiting = lock.waiting.filter((one) => one !== take);
          reject(new DOMException("aborted", "AbortError"));
        });
        if (lock.held) lock.waiting.push(take);
        else take();
      });
    },
  };

  /** A class to stand for BroadcastChannel. */
  get BroadcastChannel(): new (
    name: string,
  ) => Channel {
    const channels = this.#channels;
    const send = (act: () => void) => (this.deliver ? queueMicrotask(act) : void this.#underway.push(act));
    return class extends Channel {
      constructor(name: string) {
        super(name, channels, send);
      }
    };
  }

  /** Let the messages through that were held up, in another order if one is given. */
  release(order: (acts: (() => void)[]) => (() => void)[] = (acts) => acts): void {
    const acts = order(this.#underway);
    this.#underway = [];
    for (const act of acts) act();
  }

  /** Lose the messages that are on their way: a page was frozen. */
  lose(): void {
    this.#underway = [];
  }
}

class Channel {
  onmessage: ((message: { data: unknown }) => void) | null = null;

  readonly name: string;
  readonly #all: Set<Channel>;
  readonly #send: (act: () => void) => void;

  constructor(name: string, all: Set<Channel>, send: (act: () => void) => void) {
    [this.name, this.#all, this.#send] = [name, all, send];
    all.add(this);
  }

  postMessage(data: unknown): void {
    for (const other of this.#all)
      if (other !== this && other.name === this.name)
        this.#send(() => this.#all.has(other) && other.onmessage?.({ data: structuredClone(data) }));
  }

  close(): void {
    this.#all.delete(this);
  }
}

/** A page that can be hidden and looked at. */
export class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";

  hide(): void {
    this.visibilityState = "hidden";
    this.dispatchEvent(new Event("visibilitychange"));
  }

  look(): void {
    this.visibilityState = "visible";
    this.dispatchEvent(new Event("visibilitychange"));
  }
}
