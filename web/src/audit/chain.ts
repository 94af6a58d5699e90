import { type Head, hash, KeyChain, readHead, type SentHead, type SentKey } from "./head";
import { isConsistent } from "./merkle";
import { Refused } from "./refusal";

const FORMAT = "flowforge-audit-consistency/1";

/** A head that this browser saw, when, and the first key of the log that it is of. */
export type Remembered = { sent: SentHead; log: string; seen: string };
/** What proves that the log of one head begins with that of another. */
export type Consistency = { format: string; first: SentHead; second: SentHead; path: string[] };

/** What a look at the log's newest head has shown. */
export type Grown =
  /** This browser never saw the log before. */
  | { kind: "new"; newest: Head; signed: boolean; log: string }
  /** Nothing before the remembered head was changed until the newest. */
  | { kind: "grown"; newest: Head; oldest: Head; seen: string; signed: boolean; log: string }
  /** At this address there was another log, signed by other keys. */
  | { kind: "other"; newest: Head; oldest: Head; seen: string; signed: boolean; log: string };

/**
 * Whether the log of today begins with the log that this browser saw: by the server's proof, checked here. `prove` fetches the proof for two
 * sizes, or null where the server knows no such head. Throws Refused.
 */
export async function checkGrowth(
  sent: { newest: SentHead; keys: readonly SentKey[] },
  remembered: Remembered | null,
  prove: (first: number, second: number) => Promise<Consistency | null>,
): Promise<Grown> {
  const newest = readHead(sent.newest);
  const keys = await KeyChain.read(sent.keys);
  await keys.check(newest);
  const found = { newest, signed: keys.checked, log: keys.first };
  if (remembered === null) return { kind: "new", ...found };
  const oldest = readHead(remembered.sent);
  if (remembered.log !== keys.first) return { kind: "other", oldest, seen: remembered.seen, ...found };
  await keys.check(oldest);
  await checkBegins(oldest, newest, prove);
  return { kind: "grown", oldest, seen: remembered.seen, ...found };
}

/** Refuses two heads of which the one is not the beginning of the other. */
export async function checkBegins(
  one: Head,
  other: Head,
  prove: (first: number, second: number) => Promise<Consistency | null>,
): Promise<void> {
  const [first, second] = one.size <= other.size ? [one, other] : [other, one];
  if (first.tenant !== second.tenant) throw new Refused("The heads are of two tenants' logs.");
  if (first.size === second.size) {
    if (await isConsistent(first, second, [])) return;
    throw new Refused(`The log is forked: there are two heads of ${first.size} entries, with two roots.`);
  }
  const proof = await prove(first.size, second.size);
  if (proof === null)
    throw new Refused(
      `The log no longer knows one of the heads of ${first.size} and ${second.size} entries, which this browser saw.`,
    );
  if (proof.format !== FORMAT) throw new Refused("This is no proof that one head follows from another.");
  if (!(await isConsistent(first, second, proof.path.map(hash))))
    throw new Refused(
      `The log is forked: what head ${first.size} signed is not the beginning of what head ${second.size} signed.`,
    );
}
