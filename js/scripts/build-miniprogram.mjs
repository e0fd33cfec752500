// Builds miniprogram_dist/, which 构建 npm copies into a mini-program as it is: index.js, mobileim.wasm, and types. And the same
// script as an ES module, dist/miniprogram/index.js, for tools that bundle mini-programs themselves.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { takenFrom } from "./beside.mjs";
import { oldSyntax, privateNames } from "./old-syntax.mjs";
import { oldTypes } from "./old-types.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "miniprogram_dist");
const utf8 = `${root}/src/miniprogram/utf8.ts`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const script = {
  cwd: root,
  input: "src/miniprogram/index.ts",
  plugins: [privateNames()],
  // 构建 npm, and developer tools that are not new, parse ES2018.
  ...oldSyntax,
  transform: {
    ...oldSyntax.transform,
    // What wasm-bindgen's glue takes from browsers. It does without the last where it is missing.
    inject: { TextDecoder: [utf8, "Utf8Decoder"], TextEncoder: [utf8, "Utf8Encoder"] },
    // So does the client's check of an address, and old phones do not even know the name `globalThis`.
    define: { FinalizationRegistry: "undefined", URL: "undefined", "globalThis.location": "undefined" },
  },
};
const output = { format: "cjs", exports: "named", esModule: true, comments: { legal: false, jsdoc: false } };
const dropIn = {
  ...script,
  input: "src/imsdk/miniprogram.ts",
  plugins: [takenFrom("index.js"), privateNames()],
};
for (const [name, input] of [
  ["index", script],
  ["imsdk", dropIn],
]) {
  await build({ ...input, output: { ...output, file: `${dist}/${name}.js` } });
  await build({ ...input, output: { ...output, format: "es", file: `${root}/dist/miniprogram/${name}.js` } });
}
copyFileSync(`${root}/src/engine/mobileim_bg.wasm`, `${dist}/mobileim.wasm`);
// The package's own says that its scripts are ES modules.
writeFileSync(`${dist}/package.json`, '{ "type": "commonjs" }\n');
// So that the names which bundlers know, mobileim/miniprogram and mobileim/imsdk/miniprogram, are right after 构建 npm too.
writeFileSync(`${dist}/miniprogram.js`, 'module.exports = require("./index.js");\n');
mkdirSync(`${dist}/imsdk`);
writeFileSync(`${dist}/imsdk/miniprogram.js`, 'module.exports = require("../imsdk.js");\n');

execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.miniprogram.json"], {
  cwd: root,
  stdio: "inherit",
});
writeFileSync(`${dist}/index.d.ts`, 'export * from "./types/miniprogram/index.js";\n');
writeFileSync(`${dist}/imsdk.d.ts`, 'export * from "./types/imsdk/miniprogram.js";\n');
// A mini-program has no DOM, whose types the engine's sources are, and no use for the engine's class.
const declared = (file) =>
  readFileSync(file, "utf8").match(/^export (type \w+ =.*?;|interface \w+ \{.*?^\})$/gms);
const types = [
  ...declared(`${root}/src/engine/mobileim_bg.d.ts`),
  ...declared(`${dist}/types/platform/engine.d.ts`),
]
  .filter((type) => !/^export type (Engine|EngineClass|WasmSource)\b|\bWebAssembly\./.test(type))
  .concat("export type WasmSource = string;");
writeFileSync(`${dist}/types/platform/engine.d.ts`, `${types.join("\n")}\n`);

// What the entry point does not lead to is nobody's business.
const needed = new Set();
const follow = (file) => {
  if (needed.has(file)) return;
  needed.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, path] of text.matchAll(/(?:from|import\() ?"(\.[^"]*)\.js"/g))
    follow(join(dirname(file), `${path}.d.ts`));
};
follow(join(dist, "types/miniprogram/index.d.ts"));
follow(join(dist, "types/imsdk/miniprogram.d.ts"));
for (const name of readdirSync(join(dist, "types"), { recursive: true })) {
  const file = join(dist, "types", name);
  if (!name.endsWith(".d.ts")) continue;
  if (needed.has(file)) writeFileSync(file, oldTypes(readFileSync(file, "utf8")));
  else rmSync(file);
}

// The same for the ES module: TypeScript takes a declaration's format from its folder.
for (const name of ["index.d.ts", "imsdk.d.ts", "types"])
  cpSync(join(dist, name), `${root}/dist/miniprogram/${name}`, { recursive: true });
