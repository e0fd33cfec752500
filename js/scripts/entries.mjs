// The files that make up the package, and what each is made of.
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** The engine's WebAssembly, beside the slim entry as it is beside the source. */
export const WASM = "engine/mobileim_bg.wasm";

/** Frameworks come from the application. */
const external = ["react", "vue", /^node:/];

// Hooks are of no use in a server component.
const USE_CLIENT = '"use client";';

/**
 * Each bundle is whole in itself: a page that loads an entry by itself needs one request, and what it does not use
 * is not there.
 */
export const BUNDLES = [
  // For bundlers, and for pages without one: as the source has it.
  { input: "entries/index", output: "web/index.js", format: "esm" },
  { input: "entries/slim", output: "web/slim.js", format: "esm" },
  { input: "entries/node", output: "web/node.js", format: "esm", platform: "node" },
  { input: "entries/wasm2js", output: "web/wasm2js.js", format: "esm", minify: true },
  { input: "react/index", output: "web/react/index.js", format: "esm", banner: USE_CLIENT },
  { input: "vue/index", output: "web/vue/index.js", format: "esm" },
  // For `require`, and for bundlers that are older than `import.meta` and `?.`: `old` is the syntax of 2018.
  { input: "entries/index", output: "cjs/index.js", format: "cjs", old: true },
  { input: "entries/wasm2js", output: "cjs/wasm2js.js", format: "cjs", old: true, minify: true },
  { input: "react/index", output: "cjs/react/index.js", format: "cjs", old: true, banner: USE_CLIENT },
  { input: "vue/index", output: "cjs/vue/index.js", format: "cjs", old: true },
  // What `module` and the folders of sub-paths lead to: for bundlers that know neither `exports` nor syntax after 2018,
  // and read `module` for `require` too.
  { input: "entries/index", output: "es2018/index.js", format: "esm", old: true },
  { input: "entries/slim-named", output: "es2018/slim.js", format: "esm", old: true },
  { input: "entries/wasm2js", output: "es2018/wasm2js.js", format: "esm", old: true, minify: true },
  { input: "react/index", output: "es2018/react/index.js", format: "esm", old: true, banner: USE_CLIENT },
  { input: "vue/index", output: "es2018/vue/index.js", format: "esm", old: true },
  // The drop-in for MobileIMSDK's client. It takes the rest from the package's own script: an application that moves
  // name by name has one engine.
  { input: "imsdk/index", output: "web/imsdk.js", format: "esm", beside: "index.js" },
  { input: "imsdk/index", output: "es2018/imsdk.js", format: "esm", old: true, beside: "index.js" },
  { input: "imsdk/index", output: "cjs/imsdk.js", format: "cjs", old: true, beside: "index.js" },
  // For a classic script tag.
  {
    input: "entries/index",
    output: "cdn/mobileim.js",
    format: "iife",
    old: true,
    name: "MobileIM",
    minify: true,
  },
  { input: "imsdk/script", output: "cdn/imsdk.js", format: "iife", old: true, exports: "none", minify: true },
].map((bundle) => ({ external, platform: "browser", ...bundle }));
