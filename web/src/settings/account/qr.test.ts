import fc from "fast-check";
import { expect, test } from "vitest";
import { qrOf } from "./qr";

// Drawn by another encoder too, square for square.
const KNOWN = [
  "#######..#.#..#######",
  "#.....#....##.#.....#",
  "#.###.#.#.###.#.###.#",
  "#.###.#.#####.#.###.#",
  "#.###.#.#...#.#.###.#",
  "#.....#.##..#.#.....#",
  "#######.#.#.#.#######",
  "........#####........",
  "#.#####..##.#.#####..",
  "#...#..##.##.#.###..#",
  "....###.#.#.###...##.",
  "#...#....##.##.####.#",
  "####..#..##.#.##...#.",
  "........####.#..##...",
  "#######...#.##...#.#.",
  "#.....#.###.#...###.#",
  "#.###.#.#.#.#.#.##.##",
  "#.###.#.#..#...####..",
  "#.###.#.##..#....#...",
  "#.....#..#..#..####..",
  "#######.#...###...##.",
];

test("a code is drawn as the standard says", () => {
  const drawn = qrOf("FlowForge 0001")?.map((row) => row.map((dark) => (dark ? "#" : ".")).join(""));
  expect(drawn).toEqual(KNOWN);
});

test("a longer text takes a larger code, with its three corners", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), (length) => {
      const code = qrOf("x".repeat(length)) ?? [];
      expect((code.length - 17) % 4).toBe(0);
      for (const [x, y] of [
        [0, 0],
        [code.length - 7, 0],
        [0, code.length - 7],
      ] as const)
        for (let at = 0; at < 7; at++) expect(code[y]?.[x + at] && code[y + 6]?.[x + at] && code[y + at]?.[x]).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("what does not fit is no code", () => {
  expect(qrOf("x".repeat(413))).toBeNull();
});
