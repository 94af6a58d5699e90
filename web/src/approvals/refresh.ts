/** Asks again at once, and after that at most so often: twenty frames in a second are two requests, not twenty. */
export class Refresh {
  readonly #ask: () => void;
  readonly #pauseMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;

  constructor(ask: () => void, pauseMs = 400) {
    this.#ask = ask;
    this.#pauseMs = pauseMs;
  }

  soon(): void {
    if (this.#timer !== undefined) {
      this.#again = true;
      return;
    }
    this.#ask();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.soon();
    }, this.#pauseMs);
  }
}
