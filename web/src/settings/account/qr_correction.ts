// Reed-Solomon over GF(256) with the polynomial of QR codes, and the remainders of their two BCH codes.

const EXP: number[] = [];
const LOG: number[] = [];
for (let at = 0, value = 1; at < 255; at++) {
  EXP[at] = value;
  LOG[value] = at;
  value = value << 1 >= 256 ? (value << 1) ^ 0x11d : value << 1;
}

/** The bytes by which a block's errors are found and mended. */
export function withCorrection(block: readonly number[], count: number): number[] {
  const generator = generatorOf(count);
  const rest = new Array<number>(count).fill(0);
  for (const byte of block) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [at, coefficient] of generator.entries()) rest[at] = (rest[at] ?? 0) ^ times(coefficient, factor);
  }
  return rest;
}

/** The coefficients below the highest, which is one. */
function generatorOf(count: number): number[] {
  let result = [1];
  for (let root = 0; root < count; root++) {
    const next = [...result, 0];
    for (const [at, coefficient] of result.entries()) next[at + 1] = (next[at + 1] ?? 0) ^ times(coefficient, EXP[root] ?? 1);
    result = next;
  }
  return result.slice(1);
}

function times(left: number, right: number): number {
  if (left === 0 || right === 0) return 0;
  return EXP[((LOG[left] ?? 0) + (LOG[right] ?? 0)) % 255] ?? 0;
}

/** The remainder of a binary polynomial. */
export function divided(value: number, by: number): number {
  const degree = (number: number) => 31 - Math.clz32(number);
  let rest = value;
  while (rest !== 0 && degree(rest) >= degree(by)) rest ^= by << (degree(rest) - degree(by));
  return rest;
}
