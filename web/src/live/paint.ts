/** A page that is hidden, or covered, is not painted: then this is how long what came waits. */
const UNPAINTED_MS = 100;

/** Calls once a painted frame with what came meanwhile: a burst of two hundred frames is one render. */
export class Batch<T> {
  #held: T[] = [];
  #painting: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #flush: (items: T[]) => void;

  constructor(flush: (items: T[]) => void) {
    this.#flush = flush;
  }

  add(item: T): void {
    this.#held.push(item);
    if (this.#timer !== undefined) return;
    this.#painting = requestAnimationFrame(this.#run);
    this.#timer = setTimeout(this.#run, UNPAINTED_MS);
  }

  /** Forget what has not been told yet. */
  drop(): void {
    this.#held = [];
    this.#settle();
  }

  #run = (): void => {
    this.#settle();
    const items = this.#held;
    this.#held = [];
    if (items.length > 0) this.#flush(items);
  };

  #settle(): void {
    if (this.#painting !== undefined) cancelAnimationFrame(this.#painting);
    clearTimeout(this.#timer);
    this.#painting = this.#timer = undefined;
  }
}
