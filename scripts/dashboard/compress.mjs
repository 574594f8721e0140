// Puts a brotli and a gzip form beside each file of the dashboard, and prints what a browser has to load.
// Usage: node compress.mjs FOLDER

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const FIRST_LOAD = new Set([".html", ".css", ".js", ".wasm"]);
const COMPRESSIBLE = new Set([...FIRST_LOAD, ".json", ".svg", ".txt", ".webmanifest"]);

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function compress(path) {
  const plain = readFileSync(path);
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const gzip = gzipSync(plain, { level: 9 });
  // A tiny file grows; the server then sends it as it is.
  if (brotli.length < plain.length) writeFileSync(`${path}.br`, brotli);
  if (gzip.length < plain.length) writeFileSync(`${path}.gz`, gzip);
  return { path, plain: plain.length, brotli: Math.min(brotli.length, plain.length), gzip: gzip.length };
}

function line(name, plain, gzip, brotli) {
  return `  ${String(name).padEnd(56)} ${String(plain).padStart(9)} ${String(gzip).padStart(9)} ${String(brotli).padStart(9)}`;
}

const [folder] = process.argv.slice(2);
const sizes = filesIn(folder)
  .filter((path) => COMPRESSIBLE.has(extname(path)))
  .sort()
  .map(compress);

console.log(line("dashboard, in bytes", "plain", "gzip", "brotli"));
for (const size of sizes) console.log(line(relative(folder, size.path), size.plain, size.gzip, size.brotli));

const firstLoad = sizes
  .filter((size) => FIRST_LOAD.has(extname(size.path)))
  .reduce((total, size) => total + size.brotli, 0);
console.log(line("first load", "", "", firstLoad));
