// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, fromHex, toHex, utf8 } from "./bytes";
import { isConsistent, leafHash, nodeHash, rootOfInclusion } from "./merkle";
import vectors from "./vectors.json";

/** A tree's root as RFC 9162, 2.1.1, defines it. */
async function rootOf(leaves: readonly Bytes[]): Promise<Bytes> {
  if (leaves.length === 1) return leaves[0] as Bytes;
  const left = split(leaves.length);
  return nodeHash(await rootOf(leaves.slice(0, left)), await rootOf(leaves.slice(left)));
}

/** 2.1.3.1: from the leaf upwards. */
async function inclusionPath(position: number, leaves: readonly Bytes[]): Promise<Bytes[]> {
  if (leaves.length === 1) return [];
  const left = split(leaves.length);
  return position < left
    ? [...(await inclusionPath(position, leaves.slice(0, left))), await rootOf(leaves.slice(left))]
    : [...(await inclusionPath(position - left, leaves.slice(left))), await rootOf(leaves.slice(0, left))];
}

/** 2.1.4.1. */
async function consistencyPath(first: number, leaves: readonly Bytes[], whole = true): Promise<Bytes[]> {
  if (first === leaves.length) return whole ? [] : [await rootOf(leaves)];
  const left = split(leaves.length);
  return first <= left
    ? [...(await consistencyPath(first, leaves.slice(0, left), whole)), await rootOf(leaves.slice(left))]
    : [...(await consistencyPath(first - left, leaves.slice(left), false)), await rootOf(leaves.slice(0, left))];
}

function split(count: number): number {
  let left = 1;
  while (left * 2 < count) left *= 2;
  return left;
}

const LEAVES = Promise.all(Array.from({ length: 70 }, (_, n) => leafHash(utf8(String(n)))));
const sizes = fc.integer({ min: 1, max: 70 });

describe("a tree", () => {
  it("has the known root of Certificate Transparency", async () => {
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const leaves = await Promise.all(inputs.map((text) => leafHash(fromHex(text))));
    expect(toHex(await rootOf(leaves))).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  });

  it("has the roots that the server computes", async () => {
    const leaves = vectors.entries.map((entry) => fromHex(entry.sent.hash));
    for (const [at, root] of vectors.roots.entries()) expect(toHex(await rootOf(leaves.slice(0, at + 1)))).toBe(root);
  });

  it("holds a leaf whose path leads to its root, and at no other place", async () => {
    const all = await LEAVES;
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, chance, other) => {
        const leaves = all.slice(0, size);
        const position = chance % size;
        const path = await inclusionPath(position, leaves);
        const leaf = leaves[position] as Bytes;
        const root = toHex(await rootOf(leaves));
        expect(toHex((await rootOfInclusion(leaf, position, size, path)) as Bytes)).toBe(root);
        const elsewhere = await rootOfInclusion(leaf, other % size, size, path);
        if (other % size !== position) expect(elsewhere === null ? null : toHex(elsewhere)).not.toBe(root);
        expect(await rootOfInclusion(leaf, position, size, [...path, leaf])).toBeNull();
        if (path.length > 0) expect(await rootOfInclusion(leaf, position, size, path.slice(1))).toBeNull();
      }),
    );
    expect(await rootOfInclusion(all[0] as Bytes, 1, 1, [])).toBeNull();
    expect(await rootOfInclusion(all[0] as Bytes, -1, 1, [])).toBeNull();
  });

  it("begins with the one that it grew from, and with no other", async () => {
    const all = await LEAVES;
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.nat(), async (one, other, chance) => {
        const [first, second] = one <= other ? [one, other] : [other, one];
        const before = { size: first, root: await rootOf(all.slice(0, first)) };
        const after = { size: second, root: await rootOf(all.slice(0, second)) };
        const path = await consistencyPath(first, all.slice(0, second));
        expect(await isConsistent(before, after, path)).toBe(true);
        const changed = { ...before, root: await leafHash(before.root) };
        expect(await isConsistent(changed, after, path)).toBe(false);
        expect(await isConsistent(before, { ...after, root: changed.root }, path)).toBe(false);
        expect(await isConsistent(before, after, [...path, before.root])).toBe(false);
        if (path.length > 0) {
          const at = chance % path.length;
          expect(await isConsistent(before, after, path.with(at, changed.root))).toBe(false);
          expect(await isConsistent(before, after, path.slice(1))).toBe(false);
        }
      }),
    );
  });

  it("of nothing proves nothing", async () => {
    const [leaf] = await LEAVES;
    const tree = { size: 1, root: leaf as Bytes };
    expect(await isConsistent({ size: 0, root: leaf as Bytes }, tree, [leaf as Bytes])).toBe(false);
    expect(await isConsistent({ size: 2, root: leaf as Bytes }, tree, [])).toBe(false);
  });
});
