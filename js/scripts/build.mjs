// Builds dist/ from nothing: the engine by wasm-pack and binaryen, the shim by tsc.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildEngine } from "./build-engine.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

rmSync(`${root}/dist`, { recursive: true, force: true });
await buildEngine(`${root}/src/engine`);

execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
mkdirSync(`${root}/dist/web/engine`, { recursive: true });
for (const file of ["mobileim_bg.js", "mobileim_bg.d.ts", "mobileim_bg.wasm"]) {
  cpSync(`${root}/src/engine/${file}`, `${root}/dist/web/engine/${file}`);
}

// npm packs only what is in this folder.
cpSync(`${root}/../LICENSE`, `${root}/LICENSE`);
