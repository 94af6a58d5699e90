import type { Transcript } from "./entry";
import type { Frame } from "./frame";
import { Story } from "./story";

/** A frame and its place: a snapshot has no number, it stands right behind the frame that was the newest when it came. */
type Placed = { place: number; frame: Frame };

/**
 * A log of frames that may arrive twice or out of order (from another page of the browser, or from a catching up that overlaps), and what it
 * comes to: the same for every order of arrival. In order, a frame costs what it changes; out of order, the story is told anew.
 */
export class TranscriptLog {
  #frames: Placed[] = [];
  #seen = new Set<number>();
  #story = new Story();
  /** The number behind which the log began to listen: a snapshot that comes first stands there, not before what is fetched of earlier. */
  readonly #begin: number;

  constructor(begin = 0) {
    this.#begin = begin;
  }

  /** Take frames; true when something changed. */
  add(frames: readonly Frame[]): boolean {
    let late = false;
    let changed = false;
    for (const frame of frames) {
      const place = this.#placeOf(frame);
      if (place === null) continue;
      late ||= place < this.last;
      this.#frames.push({ place, frame });
      changed = true;
      if (!late) this.#story.tell(frame);
    }
    if (late) this.#retell();
    return changed;
  }

  /** Forget everything: the server no longer has what we hold. */
  clear(): void {
    this.#frames = [];
    this.#seen.clear();
    this.#story = new Story();
  }

  /** The number of the newest frame. */
  get last(): number {
    return Math.max(Math.floor(this.#frames.at(-1)?.place ?? 0), this.#begin);
  }

  get transcript(): Transcript {
    return { entries: this.#story.entries(), last: this.last, began: this.#story.began };
  }

  #placeOf(frame: Frame): number | null {
    if (frame.id === null) return frame.name === "message.snapshot" ? this.last + 0.5 : null;
    if (this.#seen.has(frame.id)) return null;
    this.#seen.add(frame.id);
    return frame.id;
  }

  #retell(): void {
    this.#frames.sort((one, other) => one.place - other.place);
    this.#story = new Story();
    for (const { frame } of this.#frames) this.#story.tell(frame);
  }
}
