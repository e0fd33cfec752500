import { cp } from "node:fs/promises";
import { type BuildOptions, build } from "esbuild";
import { fixture, folderWithPage, PACKAGE } from "./folders.js";

/** By esbuild, with no settings but the format. */
export async function esbuildPage(): Promise<string> {
  return bundle("main.js", "esbuild");
}

/** The slim entry: esbuild leaves `new URL(…, import.meta.url)` as it is, and its user copies the file. */
export async function esbuildWithCopy(): Promise<string> {
  const folder = await bundle("main-slim.js", "esbuild-copy");
  await cp(`${PACKAGE}/dist/web/engine/mobileim_bg.wasm`, `${folder}/engine/mobileim_bg.wasm`);
  return folder;
}

/** With the engine in JavaScript in a file of its own. */
export async function esbuildWithWasm2js(): Promise<string> {
  return bundle("main-wasm2js.js", "esbuild-wasm2js");
}

/** With the engine in JavaScript for when the other one fails. */
export async function esbuildWithFallback(): Promise<string> {
  return bundle("main-fallback.js", "esbuild-fallback");
}

/** CommonJS in one classic script for old browsers, in which there is no `import.meta`. */
export async function esbuildOfCommonJs(): Promise<string> {
  return bundle("main-require.cjs", "esbuild-commonjs", {
    format: "iife",
    splitting: false,
    target: "es2018",
  });
}

/** The slim entry by esbuild with its loader for files, which gives an address. */
export async function esbuildWithLoader(): Promise<string> {
  return bundle("main-with-address.js", "esbuild-loader");
}

async function bundle(entry: string, name: string, options: BuildOptions = {}): Promise<string> {
  const folder = await folderWithPage(name);
  await build({
    entryPoints: { main: fixture(`page/${entry}`) },
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    loader: { ".wasm": "file" },
    logLevel: "warning",
    ...options,
  });
  return folder;
}
