// How much JavaScript a browser fetches before a page can be used, compressed, as the build's manifest tells. Fails over the budget.
//   node budget.mjs [folder of the built pages]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const INITIAL_KB_MAX = 200; // whichever page is opened first
const PAGE_KB_MAX = 300; // that and all that one page adds

const folder = process.argv[2] ?? join(import.meta.dirname, "../flowforge/api/static");
const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
const sizes = new Map();

function kilobytes(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(folder, file)), { level: 9 }).length / 1000);
  return sizes.get(file);
}

// A chunk, and what it cannot run without.
function needed(key, found = new Set()) {
  if (found.has(key)) return found;
  found.add(key);
  for (const other of manifest[key].imports ?? []) needed(other, found);
  return found;
}

const weight = (keys) =>
  [...keys]
    .map((key) => manifest[key].file)
    .filter((file) => file.endsWith(".js"))
    .reduce((sum, file) => sum + kilobytes(file), 0);

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
const initial = new Set(entries.flatMap((key) => [...needed(key)]));
const lazy = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry);
const rows = [
  { page: "at first", size: weight(initial), most: INITIAL_KB_MAX },
  ...lazy.map((key) => ({ page: key, size: weight(new Set([...initial, ...needed(key)])), most: PAGE_KB_MAX })),
];

for (const { page, size, most } of rows) process.stdout.write(`${size.toFixed(1).padStart(7)} KB of ${most}  ${page}\n`);
const over = rows.filter(({ size, most }) => size > most);
for (const { page, size, most } of over)
  process.stderr.write(`${page} fetches ${size.toFixed(1)} KB of JavaScript, more than ${most} KB\n`);
process.exitCode = entries.length === 0 || over.length > 0 ? 1 : 0;
