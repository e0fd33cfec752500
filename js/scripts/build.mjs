// Builds dist/ from nothing: the engine by wasm-pack and binaryen, the entry points by rolldown, the types by tsc.
import { cpSync, rmSync } from "node:fs";
import { buildEngine } from "./build-engine.mjs";
import { bundle } from "./bundle.mjs";
import { declarations } from "./declarations.mjs";
import { deriveEngines } from "./derive-engines.mjs";
import { root } from "./entries.mjs";
import { shortenNames } from "./short-names.mjs";
import { uniEntry } from "./uni-entry.mjs";

rmSync(`${root}/dist`, { recursive: true, force: true });
// `--keep-engine` builds the rest anew, where nothing in Rust has changed.
if (!process.argv.includes("--keep-engine")) await buildEngine(`${root}/src/engine`);
shortenNames(`${root}/src/engine`);
deriveEngines(`${root}/src/engine`);
await bundle();
declarations();
await uniEntry();

// npm packs only what is in this folder.
cpSync(`${root}/../LICENSE`, `${root}/LICENSE`);
