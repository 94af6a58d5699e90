import { divided, withCorrection } from "./qr_correction";

// QR codes of ISO/IEC 18004: bytes, level M, versions 1 to 15 (412 characters). That is all that an otpauth:// address needs.

type Blocks = { corrections: number; groups: readonly (readonly [count: number, bytes: number])[] };

/** By version: how many bytes correct each block, and how many blocks of how many bytes there are. */
const LEVEL_M: readonly Blocks[] = [
  { corrections: 10, groups: [[1, 16]] },
  { corrections: 16, groups: [[1, 28]] },
  { corrections: 26, groups: [[1, 44]] },
  { corrections: 18, groups: [[2, 32]] },
  { corrections: 24, groups: [[2, 43]] },
  { corrections: 16, groups: [[4, 27]] },
  { corrections: 18, groups: [[4, 31]] },
  {
    corrections: 22,
    groups: [
      [2, 38],
      [2, 39],
    ],
  },
  {
    corrections: 22,
    groups: [
      [3, 36],
      [2, 37],
    ],
  },
  {
    corrections: 26,
    groups: [
      [4, 43],
      [1, 44],
    ],
  },
  {
    corrections: 30,
    groups: [
      [1, 50],
      [4, 51],
    ],
  },
  {
    corrections: 22,
    groups: [
      [6, 36],
      [2, 37],
    ],
  },
  {
    corrections: 22,
    groups: [
      [8, 37],
      [1, 38],
    ],
  },
  {
    corrections: 24,
    groups: [
      [4, 40],
      [5, 41],
    ],
  },
  {
    corrections: 24,
    groups: [
      [5, 41],
      [5, 42],
    ],
  },
];
const ALIGNMENT: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
  [6, 34, 62],
  [6, 26, 46, 66],
  [6, 26, 48, 70],
];
const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The code's squares row by row, true is dark; null for a text that is too long. */
export function qrOf(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const index = LEVEL_M.findIndex((_, at) => bytes.length + (at < 9 ? 2 : 3) <= capacity(at));
  const blocks = LEVEL_M[index];
  if (blocks === undefined) return null;
  const stream = interleaved(padded(bytes, index), blocks);
  const drawn = MASKS.map((_, mask) => draw(index, stream, mask));
  return drawn.reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}

function capacity(index: number): number {
  return LEVEL_M[index]?.groups.reduce((sum, [count, size]) => sum + count * size, 0) ?? 0;
}

function padded(bytes: Uint8Array, index: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number) => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >> at) & 1);
  };
  push(4, 4); // bytes
  push(bytes.length, index < 9 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  const room = capacity(index) * 8;
  push(0, Math.min(4, room - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words = Array.from({ length: bits.length / 8 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(""), 2));
  for (let pad = 0xec; words.length < capacity(index); pad ^= 0xfd) words.push(pad);
  return words;
}

function interleaved(words: number[], { corrections, groups }: Blocks): number[] {
  const data: number[][] = [];
  let from = 0;
  for (const [count, size] of groups)
    for (let n = 0; n < count; n++) {
      data.push(words.slice(from, from + size));
      from += size;
    }
  const checks = data.map((block) => withCorrection(block, corrections));
  const across = (blocks: number[][]) => {
    const longest = Math.max(...blocks.map((block) => block.length));
    return Array.from({ length: longest }, (_, at) => blocks.flatMap((block) => block[at] ?? [])).flat();
  };
  return [...across(data), ...across(checks)];
}

function draw(index: number, stream: number[], mask: number): boolean[][] {
  const size = index * 4 + 21;
  const dark = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const fixed = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const set = (x: number, y: number, on: boolean) => {
    const row = dark[y];
    const mark = fixed[y];
    if (row === undefined || mark === undefined || x < 0 || x >= size) return;
    row[x] = on;
    mark[x] = true;
  };
  for (let at = 0; at < size; at++) {
    set(at, 6, at % 2 === 0);
    set(6, at, at % 2 === 0);
  }
  for (const [left, top] of [
    [0, 0],
    [size - 7, 0],
    [0, size - 7],
  ] as const)
    for (let y = -1; y <= 7; y++)
      for (let x = -1; x <= 7; x++) {
        const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
        set(left + x, top + y, ring !== 2 && ring <= 3);
      }
  const centres = ALIGNMENT[index] ?? [];
  const last = centres.length - 1;
  for (const [row, y] of centres.entries())
    for (const [column, x] of centres.entries()) {
      if ((row === 0 && column === 0) || (row === 0 && column === last) || (row === last && column === 0)) continue;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  drawFormat(size, mask, set);
  if (index >= 6) drawVersion(size, index + 1, set);

  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upwards = ((right + 1) & 2) === 0;
      const y = upwards ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y]?.[x]) continue;
        const value = ((stream[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
        bit += 1;
        const row = dark[y];
        if (row !== undefined) row[x] = (value === 1) !== MASKS[mask]?.(x, y);
      }
    }
  }
  return dark;
}

function drawFormat(size: number, mask: number, set: (x: number, y: number, on: boolean) => void): void {
  const data = mask; // level M is 00
  const bits = ((data << 10) | divided(data << 10, 0x537)) ^ 0x5412;
  const on = (at: number) => ((bits >> at) & 1) === 1;
  for (let at = 0; at <= 5; at++) set(8, at, on(at));
  set(8, 7, on(6));
  set(8, 8, on(7));
  set(7, 8, on(8));
  for (let at = 9; at < 15; at++) set(14 - at, 8, on(at));
  for (let at = 0; at < 8; at++) set(size - 1 - at, 8, on(at));
  for (let at = 8; at < 15; at++) set(8, size - 15 + at, on(at));
  set(8, size - 8, true);
}

function drawVersion(size: number, version: number, set: (x: number, y: number, on: boolean) => void): void {
  const bits = (version << 12) | divided(version << 12, 0x1f25);
  for (let at = 0; at < 18; at++) {
    const on = ((bits >> at) & 1) === 1;
    const [across, along] = [size - 11 + (at % 3), Math.floor(at / 3)];
    set(across, along, on);
    set(along, across, on);
  }
}

/** How hard a camera would find it: long lines, blocks, what looks like a corner, and too much of one colour. */
function penalty(dark: boolean[][]): number {
  const size = dark.length;
  const columns = dark.map((_, x) => dark.map((row) => row[x] ?? false));
  let sum = 0;
  for (const line of [...dark, ...columns]) {
    const text = line.map((on) => (on ? "1" : "0")).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    for (const corner of ["10111010000", "00001011101"])
      for (let at = text.indexOf(corner); at !== -1; at = text.indexOf(corner, at + 1)) sum += 40;
  }
  for (let y = 1; y < size; y++)
    for (let x = 1; x < size; x++) {
      const one = dark[y]?.[x];
      if (one === dark[y]?.[x - 1] && one === dark[y - 1]?.[x] && one === dark[y - 1]?.[x - 1]) sum += 3;
    }
  const share = dark.flat().filter(Boolean).length / (size * size);
  return sum + Math.floor(Math.abs(share * 100 - 50) / 5) * 10;
}
