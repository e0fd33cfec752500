// What a page loads, minified, as it is and compressed; and the limits that keep it small. Fails past a limit.
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/utils";
import { root, WASM } from "./entries.mjs";

const KB = 1000;

/** Everything that a page loads for an entry. A limit is in bytes after brotli. */
const ENTRIES = [
  { entry: "mobileim", parts: ["web/index.js"], limit: 37.6 * KB },
  { entry: "mobileim/slim, with its file", parts: ["web/slim.js", `web/${WASM}`], limit: 36.8 * KB },
  { entry: "mobileim, one script from a CDN", parts: ["cdn/mobileim.js"], limit: 37.7 * KB },
  { entry: "mobileim, by require", parts: ["cjs/index.js"], limit: 38.3 * KB },
  { entry: "mobileim/imsdk, one script from a CDN", parts: ["cdn/imsdk.js"], limit: 40.3 * KB },
  { entry: "mobileim/react, in addition", parts: ["web/react/index.js"], limit: 1.4 * KB },
  { entry: "mobileim/vue, in addition", parts: ["web/vue/index.js"], limit: 1.5 * KB },
  { entry: "mobileim/wasm2js, instead of the .wasm", parts: ["web/wasm2js.js"], limit: 34.2 * KB },
];

/** A file as a user's bundler would minify it. */
async function minified(file) {
  if (!file.endsWith(".js")) return readFileSync(file);
  const build = await rolldown({ input: file, external: ["react", "vue", /^node:/], logLevel: "silent" });
  const { output } = await build.generate({ minify: true, comments: { legal: false } });
  return Buffer.from(output[0].code);
}

function measured(name, files) {
  const sum = (size) => files.reduce((total, bytes) => total + size(bytes), 0);
  return {
    name,
    raw: sum((bytes) => bytes.length),
    gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length),
    brotli: sum((bytes) => brotliCompressSync(bytes).length),
  };
}

/** The modules of an entry by their weight. Before compression: after it, a byte belongs to no module by itself. */
async function modules(entry) {
  const build = await rolldown({ input: `${root}/src/${entry}`, logLevel: "silent" });
  const { output } = await build.generate();
  return Object.entries(output[0].modules)
    .map(([id, { code }]) => [
      id.split("/src/")[1],
      code ? minifySync(id, code, { mangle: { toplevel: true } }).code.length : 0,
    ])
    .filter(([name, length]) => name && length > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, length]) => `${name} ${length}`);
}

const rows = [];
const tooLarge = [];
for (const { entry, parts, limit } of ENTRIES) {
  const size = measured(entry, await Promise.all(parts.map((part) => minified(`${root}/dist/${part}`))));
  rows.push({ ...size, limit });
  if (size.brotli > limit) tooLarge.push(`${entry}: ${size.brotli} bytes, ${size.brotli - limit} too many`);
}
// What they are made of. Compressed one by one, parts are larger than together.
const glue = await minified(`${root}/src/engine/mobileim_bg.js`);
const shim = await minified(`${root}/dist/web/slim.js`);
rows.push(measured("of it: the engine", [readFileSync(`${root}/dist/web/${WASM}`)]));
rows.push(measured("of it: the glue, by itself", [glue]));
rows.push(measured("of it: glue and shim", [shim]));

console.table(Object.fromEntries(rows.map(({ name, ...sizes }) => [name, sizes])));
console.log(`minified bytes of the modules: ${(await modules("entries/slim.ts")).join(", ")}`);
if (tooLarge.length > 0) {
  console.error(`too large:\n  ${tooLarge.join("\n  ")}`);
  process.exit(1);
}
