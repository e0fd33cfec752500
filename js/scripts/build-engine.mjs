// Builds the engine: WebAssembly that every host takes, and the glue without a loader.
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";

const js = fileURLToPath(new URL("..", import.meta.url));

// The features of 2017, and globals that may change. Mini-programs on iOS take no more, and one engine for all hosts
// is one engine that is tested. A page's stack never needs the megabyte that is the default.
const rustFlags = ["target-cpu=mvp", "target-feature=+mutable-globals", "link-arg=-zstack-size=131072"];

// What the standard library, which is compiled for a newer WebAssembly, uses nevertheless; and how it is lowered.
const used = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals"];
const lowered = ["llvm-memory-copy-fill", "llvm-nontrapping-fptoint", "signext"];

// What rustc leaves is taken apart and structured anew before it is optimized, all of it twice: one hundredth is saved by
// that. The stack's far end is at address 0, so what is near it is no object's: an address and a small constant add up.
const anew = ["--flatten", "--rereloop", "-Oz", "-Oz"];
const shortest = ["--low-memory-unused", ...anew, ...anew, "-Oz"];

/** Writes mobileim_bg.js, mobileim_bg.d.ts and mobileim_bg.wasm into a folder. */
export async function buildEngine(folder) {
  rmSync(folder, { recursive: true, force: true });
  // No package: js/package.json is the one. No optimizing: it is done below. The profile is the workspace's.
  const wasmPack =
    "build ../client-wasm --target bundler --mode no-install --profile wasm --no-pack --no-opt";
  const features = ["--", "--features", "standalone"];
  execFileSync(
    "wasm-pack",
    [...wasmPack.split(" "), "--out-dir", folder, "--out-name", "mobileim", ...features],
    {
      cwd: js,
      stdio: "inherit",
      env: { ...process.env, RUSTFLAGS: rustFlags.map((flag) => `-C ${flag}`).join(" ") },
    },
  );
  const wasm = `${folder}/mobileim_bg.wasm`;
  // npm's binaryen, as those of the distributions are old.
  const optimize = (...flags) =>
    execFileSync("node_modules/.bin/wasm-opt", flags, { cwd: js, stdio: "inherit" });
  const text = `${folder}/mobileim_bg.wat`;
  const lower = [...used.map((name) => `--enable-${name}`), ...lowered.map((name) => `--${name}-lowering`)];
  optimize(wasm, ...lower, "-S", "-o", text);
  replaceMemoryCopy(text);
  optimize(text, "--mvp-features", "--enable-mutable-globals", ...shortest, "-o", wasm);
  rmSync(text);
  dropExportedGlobals(wasm);

  // The glue is the part of wasm-bindgen's output for bundlers that loads nothing.
  for (const file of ["mobileim.js", "mobileim_bg.wasm.d.ts", ".gitignore"]) rmSync(`${folder}/${file}`);
  renameSync(`${folder}/mobileim.d.ts`, `${folder}/mobileim_bg.d.ts`);
  const types = readFileSync(`${folder}/mobileim_bg.d.ts`, "utf8");
  writeFileSync(
    `${folder}/mobileim_bg.d.ts`,
    `${types}
/** What the module imports from the glue. */
export const imports: Record<string, (...values: never[]) => unknown>;

/** Gives the glue the exports of the instantiated module. */
export function __wbg_set_wasm(exports: object): void;
`,
  );
}

/** In place of binaryen's, which goes byte by byte and took a tenth of a message's time. */
function replaceMemoryCopy(file) {
  const parts = readFileSync(file, "utf8").split(/^ \(func \$__memory_copy .*?^ \)$/ms);
  if (parts.length !== 2) throw new Error("binaryen lowers memory.copy in another way now");
  writeFileSync(file, parts.join(readFileSync(`${js}scripts/memory-copy.wat`, "utf8")));
}

/** The glue never uses them, and mini-programs on iOS do not load a module that exports one. */
function dropExportedGlobals(file) {
  const module = binaryen.readBinary(readFileSync(file));
  const exported = Array.from({ length: module.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(module.getExportByIndex(index)),
  );
  for (const { name, kind } of exported) {
    if (kind === binaryen.ExternalKinds.Global) module.removeExport(name);
  }
  module.setFeatures(binaryen.Features.MVP | binaryen.Features.MutableGlobals);
  if (!module.validate()) throw new Error("the engine uses what WebAssembly of 2017 does not have");
  writeFileSync(file, module.emitBinary());
}
