import { type Bytes, fromHex, joined, sha256, toHex, utf8 } from "./bytes";
import type { Tree } from "./merkle";
import { Refused } from "./refusal";
import { verified } from "./signature";

const HEAD_DOMAIN = "flowforge audit head 1\n";
const KEY_DOMAIN = "flowforge audit key 1\n";

/** A head as it is sent: the text that was signed, as it was signed, and the signature. */
export type SentHead = { head: string; signature: string };
/** A public key as it is sent, with the text by which the key before it introduced it. */
export type SentKey = { id: string; public_key: string; introduction: string; signature: string };

/** A signed tree head, read: so many entries, that root, at that time. */
export type Head = Tree & { sent: SentHead; tenant: string; at: string; key: string };

/** Read a head. What is none is refused. */
export function readHead(sent: SentHead): Head {
  const said = object(sent.head, "a head");
  const { size, root, at, key, tenant } = said;
  if (said.format !== 1 || !Number.isSafeInteger(size) || (size as number) < 1)
    throw new Refused("This is no head of an audit log.");
  return { sent, size: size as number, root: hash(root), at: String(at), key: String(key), tenant: String(tenant) };
}

/** The keys of a log, checked: each was introduced by the one before it, the first by itself. */
export class KeyChain {
  readonly #keys: ReadonlyMap<string, Bytes>;
  /** Whether this browser could check the signatures. */
  readonly checked: boolean;
  /** The first key's name: by it the log is known again. */
  readonly first: string;

  private constructor(keys: ReadonlyMap<string, Bytes>, checked: boolean, first: string) {
    this.#keys = keys;
    this.checked = checked;
    this.first = first;
  }

  static async read(sent: readonly SentKey[]): Promise<KeyChain> {
    const keys = new Map<string, Bytes>();
    let before: { id: string; key: Bytes } | null = null;
    let checked = true;
    for (const one of sent) {
      const key = fromHex(one.public_key);
      const said = object(one.introduction, "a key");
      const named = `ak_${toHex(await sha256(key)).slice(0, 32)}`;
      if (said.key !== one.id || said.public_key !== one.public_key || named !== one.id)
        throw new Refused(`Key ${one.id} is not the one that its introduction names.`);
      if (said.previous !== (before?.id ?? null)) throw new Refused(`Key ${one.id} does not follow the key before it.`);
      const held = await verified(before?.key ?? key, joined(utf8(KEY_DOMAIN), utf8(one.introduction)), fromHex(one.signature));
      if (held === false)
        throw new Refused(`Key ${one.id} was not introduced by the key before it: that signature does not hold.`);
      checked &&= held === true;
      keys.set(one.id, key);
      before = { id: one.id, key };
    }
    const first = sent[0]?.id;
    if (first === undefined) throw new Refused("The log names no key that could have signed it.");
    return new KeyChain(keys, checked, first);
  }

  /** Refuses a head that none of the keys has signed. */
  async check(head: Head): Promise<void> {
    const key = this.#keys.get(head.key);
    if (key === undefined) throw new Refused(`Head ${head.size} is signed with key ${head.key}, which is none of the log's.`);
    const held = await verified(key, joined(utf8(HEAD_DOMAIN), utf8(head.sent.head)), fromHex(head.sent.signature));
    if (held === false) throw new Refused(`Head ${head.size} was not signed by key ${head.key}: the signature does not hold.`);
  }
}

/** A hash as it is sent. */
export function hash(text: unknown): Bytes {
  if (typeof text !== "string" || text.length !== 64) throw new Refused("What should be a hash is none.");
  return fromHex(text);
}

/** A JSON object as it is sent: a text. */
export function object(text: unknown, what: string): Record<string, unknown> {
  try {
    const found: unknown = typeof text === "string" ? JSON.parse(text) : null;
    if (found !== null && typeof found === "object" && !Array.isArray(found)) return found as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new Refused(`This is not ${what} of an audit log.`);
}
