import type { Schema } from "../api/client";
import { fromHex, joined, same, sha256, toHex, utf8 } from "./bytes";
import { type Head, hash, KeyChain, object, readHead, type SentHead, type SentKey } from "./head";
import { leafHash, rootOfInclusion } from "./merkle";
import { Refused } from "./refusal";

const FORMAT = "flowforge-audit-proof/1";
const SALT_DIGITS = 32;
const TEXTS = ["principal", "target", "detail"] as const;

type Pair = [salt: string, text: string] | null;
type SentEntry = { position: number; hash: string; leaf: string } & Record<(typeof TEXTS)[number], Pair>;
/** What proves to a stranger that an entry is in a log. */
export type Proof = { format: string; entry: SentEntry; path: string[]; head: SentHead; keys: SentKey[] };

/** What a proof has shown. `signed`: this browser could check the signatures too. */
export type Proved = { head: Head; signed: boolean; log: string };

/**
 * Check by ourselves that an entry, as it is shown, is in the log that a head signed: that the texts are those whose hashes stand in the leaf,
 * that the leaf's hash and the path lead to the head's root, and that a key of the log signed the head. Throws Refused.
 */
export async function proveEntry(shown: Schema<"AuditEntryOut">, proof: Proof): Promise<Proved> {
  if (proof.format !== FORMAT) throw new Refused("This is no proof of an audit entry.");
  const head = readHead(proof.head);
  const keys = await KeyChain.read(proof.keys);
  await keys.check(head);
  const said = await readEntry(proof.entry);
  if (said.tenant !== head.tenant) throw new Refused("The entry belongs to another tenant's log than the head.");
  const { position } = proof.entry;
  const root = await rootOfInclusion(hash(proof.entry.hash), position, head.size, proof.path.map(hash));
  if (root === null || !same(root, head.root))
    throw new Refused(`The proof does not show that this is entry ${position} of the log that head ${head.size} signed.`);
  compare(shown, proof.entry, said);
  return { head, signed: keys.checked, log: keys.first };
}

async function readEntry(entry: SentEntry): Promise<Record<string, unknown>> {
  if (!same(await leafHash(utf8(entry.leaf)), hash(entry.hash)))
    throw new Refused(`Entry ${entry.position} was changed: its bytes do not have the hash that stands beside them.`);
  const said = object(entry.leaf, "an entry");
  for (const name of TEXTS) {
    const pair = entry[name];
    if (pair === null) continue; // erased: what remains of it says nothing
    const [salt, text] = pair;
    const found = salt.length === SALT_DIGITS ? toHex(await sha256(joined(fromHex(salt), utf8(text)))) : "";
    if (found !== said[name])
      throw new Refused(`Entry ${entry.position} was changed: its ${name} is not the one that was logged.`);
  }
  return said;
}

/** What is on the screen has to be what was proved. */
function compare(shown: Schema<"AuditEntryOut">, entry: SentEntry, said: Record<string, unknown>): void {
  const facts: [name: string, shown: unknown, proved: unknown][] = [
    ["number", shown.id, `aud_${String(said.entry).replaceAll("-", "")}`],
    ["position", shown.position, entry.position],
    ["time", moment(shown.at), moment(String(said.at))],
    ["action", shown.action, said.action],
    ["actor", shown.principal.name, entry.principal?.[1] ?? null],
    ["actor", shown.principal.kind, said.principal_kind],
    ["actor", shown.principal.id, said.principal_id],
    ["target", shown.target.name, entry.target?.[1] ?? null],
    ["target", shown.target.kind, said.target_kind],
    ["request", shown.request_id, said.request],
    ["detail", written(shown.detail), entry.detail === null ? "null" : written(object(entry.detail[1], "a detail"))],
  ];
  const wrong = facts.find(([, one, other]) => one !== other);
  if (wrong !== undefined) throw new Refused(`The ${wrong[0]} that is shown is not the one that was logged.`);
}

/** Two ways to write a moment, to the microsecond. */
function moment(text: string): string {
  const [, begin, rest = ""] = /^(.{19})(?:\.(\d+))?/.exec(text) ?? [];
  return `${begin}.${rest.padEnd(6, "0")}`;
}

/** JSON with its keys in order. */
function written(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(written).join()}]`;
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${written(one)}`).join()}}`;
}
