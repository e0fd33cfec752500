// Bundles the pages, all in one way, and the programs that run here. What each library costs to load is measured on a bundle without the benchmark.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const NAMES = ["mobileim", "mobileim-memory", "mqtt", "socket-io", "centrifuge", "bare", "wire"];
const readable = process.argv.includes("--readable");

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
  const bytes = readFileSync(`dist/sizes/${name}.js`);
  sizes[name] = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
}
await page("alone", 'import "./alone.js";', "dist/pages/alone.js");
writeFileSync("dist/sizes.json", JSON.stringify(sizes));

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
