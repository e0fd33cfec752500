// Bundles the pages, all in one way, and the programs that run here. What each library costs to load is measured on a bundle without the benchmark.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const NAMES = ["mobileim", "mobileim-memory", "mqtt", "socket-io", "centrifuge", "bare", "wire"];
const readable = process.argv.includes("--readable");
const mobileim = dirname(createRequire(import.meta.url).resolve("mobileim/package.json"));
const WASM = join(mobileim, "dist/web/engine/mobileim_bg.wasm");

const page = (_name, contents, outfile) =>
  build({
    stdin: { contents, resolveDir: "src/page", loader: "ts" },
    outfile,
    bundle: true,
    minify: !readable,
    format: "esm",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    banner: { js: "globalThis.scriptBegan=performance.now();" },
    logLevel: "warning",
  });

rmSync("dist", { recursive: true, force: true });
const sizes = {};
for (const name of NAMES) {
  const connect = `import { connect } from "./${name}.js";`;
  await page(
    name,
    `${connect} import { runBench } from "./bench.js"; runBench(connect);`,
    `dist/pages/${name}.js`,
  );
  await page(name, `export { connect } from "./${name}.js";`, `dist/sizes/${name}.js`);
  const files = [`dist/sizes/${name}.js`, ...(name.startsWith("mobileim") ? [WASM] : [])].map((file) =>
    readFileSync(file),
  );
  const brotli = (bytes) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
  sizes[name] = files.map(brotli).reduce((sum, size) => sum + size);
}
await page("alone", 'import "./alone.js";', "dist/pages/alone.js");
writeFileSync("dist/sizes.json", JSON.stringify(sizes));
// Where `new URL("./engine/mobileim_bg.wasm", import.meta.url)` of the bundle finds it.
mkdirSync("dist/pages/engine");
copyFileSync(WASM, "dist/pages/engine/mobileim_bg.wasm");

await build({
  entryPoints: ["src/run.ts", "src/profile.ts", "src/alone.ts", "src/load/main.ts"],
  outdir: "dist",
  outbase: "src",
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
});
