import { newKey } from "../api/client";

/**
 * Idempotency keys by what is sent: the same decision tried again, because its answer was lost, is the same act; another decision is another.
 * A key is given up once an answer has come.
 */
export class RepeatKeys {
  readonly #keys = new Map<string, string>();

  of(place: string, body: unknown): string {
    const act = `${place} ${JSON.stringify(body)}`;
    const key = this.#keys.get(act) ?? newKey();
    this.#keys.set(act, key);
    return key;
  }

  settled(place: string, body: unknown): void {
    this.#keys.delete(`${place} ${JSON.stringify(body)}`);
  }
}
