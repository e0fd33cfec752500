// Says how much a page loads: the engine, its glue and the shim, minified, as they are and compressed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const dist = fileURLToPath(new URL("../dist/web/", import.meta.url));

async function minified(file, external) {
  const bundle = await rolldown({ input: dist + file, external });
  const { output } = await bundle.generate({ minify: true });
  return Buffer.from(output[0].code);
}

const parts = {
  engine: readFileSync(`${dist}engine/mobileim_bg.wasm`),
  glue: await minified("engine/mobileim_bg.js", []),
  shim: await minified("index.js", [/\/engine\/mobileim_bg\.js$/]),
};
const sizes = Object.entries(parts).map(([part, bytes]) => ({
  part,
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
}));
const sum = (column) => sizes.reduce((total, size) => total + size[column], 0);
console.table([...sizes, { part: "all", raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") }]);
