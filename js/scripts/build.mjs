// Builds dist/ from nothing: the engine by wasm-pack and binaryen, the shim by tsc.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: "inherit" });

rmSync(`${root}/dist`, { recursive: true, force: true });
rmSync(`${root}/src/engine`, { recursive: true, force: true });

// No package: this folder's package.json is the one. No optimizing: it is done below. The profile is the workspace's.
const wasmPack =
  "build ../client-wasm --target web --mode no-install --profile wasm --no-pack --no-opt".split(" ");
run("wasm-pack", ...wasmPack, "--out-dir", "../js/src/engine", "--out-name", "mobileim");

// npm's binaryen, as those of the distributions are old. The features are what rustc's wasm32-unknown-unknown uses; the
// module does not say so any more, as its custom sections are stripped.
const features = "bulk-memory nontrapping-float-to-int sign-ext mutable-globals reference-types multivalue";
const enable = features.split(" ").map((feature) => `--enable-${feature}`);
const wasm = "src/engine/mobileim_bg.wasm";
run("node_modules/.bin/wasm-opt", "-Oz", ...enable, wasm, "-o", wasm);

run("node_modules/.bin/tsc", "--project", "tsconfig.build.json");
for (const file of ["mobileim.js", "mobileim.d.ts", "mobileim_bg.wasm"]) {
  cpSync(`${root}/src/engine/${file}`, `${root}/dist/web/engine/${file}`);
}

// npm packs only what is in this folder.
cpSync(`${root}/../LICENSE`, `${root}/LICENSE`);
