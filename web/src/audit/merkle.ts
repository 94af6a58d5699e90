import { type Bytes, joined, same, sha256 } from "./bytes";

// Merkle trees as in RFC 9162, the same as the server's flowforge/audit/merkle.py: a leaf's hash is SHA-256 of a zero byte and the leaf, a
// node's of a one byte, left and right.
const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export function leafHash(leaf: Bytes): Promise<Bytes> {
  return sha256(joined(LEAF, leaf));
}

export function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(joined(NODE, left, right));
}

/** The root that a leaf's hash and its path lead to (RFC 9162, 2.1.3.2); null for a path of another length. */
export async function rootOfInclusion(
  leaf: Bytes,
  position: number,
  size: number,
  path: readonly Bytes[],
): Promise<Bytes | null> {
  if (!isPlace(position, size)) return null;
  let at = BigInt(position);
  let last = BigInt(size) - 1n;
  let found = leaf;
  for (const step of path) {
    if (last === 0n) return null;
    if (odd(at) || at === last) {
      found = await nodeHash(step, found);
      while (!odd(at) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      found = await nodeHash(found, step);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? found : null;
}

/** A tree: so many leaves, and that root. */
export type Tree = { size: number; root: Bytes };

/** Whether the path shows that the second tree begins with the first (RFC 9162, 2.1.4.2). */
export async function isConsistent(first: Tree, second: Tree, path: readonly Bytes[]): Promise<boolean> {
  if (first.size === second.size) return path.length === 0 && same(first.root, second.root);
  if (!isPlace(first.size, second.size) || first.size === 0 || path.length === 0) return false;
  const size = BigInt(first.size);
  const [begin, ...steps] = (size & (size - 1n)) === 0n ? [first.root, ...path] : path;
  let at = size - 1n;
  let last = BigInt(second.size) - 1n;
  while (odd(at)) [at, last] = [at >> 1n, last >> 1n];
  let before = begin as Bytes;
  let after = before;
  for (const step of steps) {
    if (last === 0n) return false;
    if (odd(at) || at === last) {
      before = await nodeHash(step, before);
      after = await nodeHash(step, after);
      while (!odd(at) && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      after = await nodeHash(after, step);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n && same(before, first.root) && same(after, second.root);
}

function odd(value: bigint): boolean {
  return (value & 1n) === 1n;
}

function isPlace(position: number, size: number): boolean {
  return Number.isSafeInteger(position) && Number.isSafeInteger(size) && position >= 0 && position < size;
}
