/** Calls once a painted frame with what came meanwhile: a burst of two hundred frames is one render. Hidden pages are not painted, so a timer helps. */
export class Batch<T> {
  #held: T[] = [];
  #scheduled = false;
  readonly #flush: (items: T[]) => void;

  constructor(flush: (items: T[]) => void) {
    this.#flush = flush;
  }

  add(item: T): void {
    this.#held.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (document.visibilityState === "visible") requestAnimationFrame(this.#run);
    else setTimeout(this.#run, 100);
  }

  #run = (): void => {
    this.#scheduled = false;
    const items = this.#held;
    this.#held = [];
    if (items.length > 0) this.#flush(items);
  };
}
