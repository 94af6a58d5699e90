// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { checkBegins, checkGrowth, type Remembered } from "./chain";
import { KeyChain, readHead, type SentHead } from "./head";
import { type Proof, proveEntry } from "./proof";
import vectors from "./vectors.json";

// The log of vectors.json is made by the server's own code: see tests/audit/browser_vectors.py.
type Shown = Parameters<typeof proveEntry>[0];
const { keys, heads, entries } = vectors;
const HEADS = new Map(heads.map((head) => [readHead(head).size, head]));
const inclusion = vectors.inclusion as Record<string, string[]>;
const consistency = vectors.consistency as Record<string, string[]>;
const places = Object.keys(inclusion).map((place) => place.split(" ").map(Number) as [number, number]);

function shown(position: number): Shown {
  return structuredClone(entries[position]?.shown) as Shown;
}

function proof(position: number, size: number): Proof {
  return structuredClone({
    format: "flowforge-audit-proof/1",
    entry: entries[position]?.sent,
    path: inclusion[`${position} ${size}`],
    head: HEADS.get(size),
    keys,
  }) as unknown as Proof;
}

const prove = async (first: number, second: number) => ({
  format: "flowforge-audit-consistency/1",
  first: HEADS.get(first) as SentHead,
  second: HEADS.get(second) as SentHead,
  path: consistency[`${first} ${second}`] as string[],
});

describe("an entry", () => {
  it("is proved under every head that covers it, signatures and all", async () => {
    for (const [position, size] of places) {
      const proved = await proveEntry(shown(position), proof(position, size));
      expect(proved.head.size).toBe(size);
      expect(proved.signed).toBe(true);
    }
  });

  it("is refused as soon as one digit of its proof is another", async () => {
    const digits = [
      "/entry/hash",
      "/entry/leaf",
      "/path/0",
      "/head/head",
      "/head/signature",
      "/keys/0/public_key",
      "/keys/1/signature",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom(...digits),
        fc.nat(),
        async ([position, size], place, chance) => {
          const found = proof(position, size);
          if (place === "/path/0" && found.path.length === 0) return;
          change(found, place, chance);
          await expect(proveEntry(shown(position), found)).rejects.toThrow();
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is refused with a text that was not logged, and says which", async () => {
    const found = proof(1, 4);
    (found.entry.detail as [string, string])[1] = '{"from":"Doing","to":"Review"}';
    await expect(proveEntry(shown(1), found)).rejects.toThrow("Entry 1 was changed: its detail is not the one that was logged.");
  });

  it("is proved though texts of it were erased, and shows none of them", async () => {
    const found = proof(2, 3);
    found.entry.principal = null;
    found.entry.detail = null;
    const now = shown(2);
    now.principal.name = null;
    now.detail = null;
    await expect(proveEntry(now, found)).resolves.toMatchObject({ signed: true });
    await expect(proveEntry(shown(2), found)).rejects.toThrow("The actor that is shown is not the one that was logged.");
  });

  it("is not what the page shows when the server shows something else", async () => {
    const lies: ((entry: Shown) => void)[] = [
      (entry) => (entry.action = "task.delete"),
      (entry) => (entry.at = "2026-11-22T09:14:03.120301Z"),
      (entry) => (entry.principal.name = "june"),
      (entry) => (entry.principal.id = null),
      (entry) => (entry.target.name = "FF-9"),
      (entry) => (entry.detail = { to: "Review" }),
      (entry) => (entry.request_id = "another"),
      (entry) => (entry.position = 2),
      (entry) => (entry.id = "aud_00000000000000000000000000000002"),
    ];
    for (const lie of lies) {
      const entry = shown(1);
      lie(entry);
      await expect(proveEntry(entry, proof(1, 7))).rejects.toThrow(/that is shown is not the one that was logged/);
    }
    const entry = shown(1);
    entry.at = entry.at.replace("+00:00", "Z").replace(/0+Z$/, "Z"); // the same moment, written shorter
    await expect(proveEntry(entry, proof(1, 7))).resolves.toBeDefined();
  });

  it("is not proved by the proof of another place or another log", async () => {
    const moved = proof(1, 4);
    moved.entry.position = 2;
    await expect(proveEntry(shown(1), moved)).rejects.toThrow("does not show that this is entry 2");
    const foreign = proof(1, 4);
    foreign.keys = foreign.keys.slice(1);
    await expect(proveEntry(shown(1), foreign)).rejects.toThrow("does not follow the key before it");
  });
});

describe("a log", () => {
  const at = (size: number): Remembered => ({
    sent: HEADS.get(size) as SentHead,
    log: keys[0]?.id ?? "",
    seen: "2026-11-22T10:00:00Z",
  });
  const newest = HEADS.get(7) as SentHead;

  it("that this browser sees for the first time is remembered", async () => {
    await expect(checkGrowth({ newest, keys }, null, prove)).resolves.toMatchObject({
      kind: "new",
      signed: true,
      newest: { size: 7 },
    });
  });

  it("has only grown since the head that was seen", async () => {
    for (const size of [3, 4, 7]) {
      await expect(checkGrowth({ newest, keys }, at(size), prove)).resolves.toMatchObject({ kind: "grown", oldest: { size } });
    }
    expect((await KeyChain.read(keys)).first).toBe(keys[0]?.id);
  });

  it("that has another root at the size that was seen is forked", async () => {
    const other = readHead(HEADS.get(4) as SentHead);
    other.root[0] = (other.root[0] ?? 0) ^ 1;
    await expect(checkBegins(other, readHead(newest), prove)).rejects.toThrow(
      "The log is forked: what head 4 signed is not the beginning",
    );
    await expect(checkBegins(other, readHead(HEADS.get(4) as SentHead), prove)).rejects.toThrow("two heads of 4 entries");
  });

  it("that no longer knows a head that was seen was cut or put back", async () => {
    await expect(
      checkGrowth({ newest: HEADS.get(4) as SentHead, keys: keys.slice(0, 1) }, at(7), async () => null),
    ).rejects.toThrow();
    await expect(checkGrowth({ newest, keys }, at(3), async () => null)).rejects.toThrow("no longer knows");
  });

  it("that is signed by other keys is another log, and nothing is said of the one before", async () => {
    const ask = vi.fn(prove);
    await expect(checkGrowth({ newest, keys }, { ...at(3), log: "ak_other" }, ask)).resolves.toMatchObject({ kind: "other" });
    expect(ask).not.toHaveBeenCalled();
  });
});

/** Change one character at a place of a value. */
function change(value: unknown, place: string, chance: number): void {
  const names = place.split("/").slice(1);
  const last = names.pop() as string;
  const holder = names.reduce((held, name) => (held as Record<string, unknown>)[name], value) as Record<string, string>;
  const text = holder[last] as string;
  const index = chance % text.length;
  const other = /[0-8]/.test(text[index] ?? "") ? "9" : "0";
  holder[last] = `${text.slice(0, index)}${other}${text.slice(index + 1)}`;
}
