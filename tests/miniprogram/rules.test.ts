//! The rules that mini-programs have for scripts and WebAssembly, checked on what the package contains.
import { readFile } from "node:fs/promises";
import { parse } from "acorn";
import { analyze } from "eslint-scope";
import type { Program } from "estree";
import { expect, test } from "vitest";
import wabt from "wabt";
import { ABSENT, SHADOWED } from "../support/mini-program/world-names.js";

const PACKAGE = "../../miniprogram-demo/miniprogram_npm/mobileim";
const SCRIPTS = ["index.js", "imsdk.js"];
const script = (name: string) => readFile(`${PACKAGE}/${name}`, "utf8");
const engine = async () => new Uint8Array(await readFile(`${PACKAGE}/mobileim.wasm`));
const ES2018 = 9;

/** The names that a script takes from its surroundings. */
function freeNames(code: string): Set<string> {
  const ast = parse(code, { ecmaVersion: ES2018, ranges: true }) as unknown as Program;
  const { globalScope } = analyze(ast, { ecmaVersion: 2018, sourceType: "script" });
  // Those of the module's own top level are found in the global scope.
  const own = new Set(globalScope?.variables.map(({ name }) => name));
  const free = (globalScope?.through ?? []).map(({ identifier }) =>
    "name" in identifier ? identifier.name : "",
  );
  return new Set(free.filter((name) => !own.has(name)));
}

/** In WebAssembly's text format, one line for each import, export, type and function. */
async function lines(): Promise<string[]> {
  const module = (await wabt()).readWasm(await engine(), { readDebugNames: false });
  const text = module.toText({ foldExprs: false, inlineExport: false });
  module.destroy();
  return text.split("\n").map((line) => line.trim());
}

test.each(SCRIPTS)("%s is ES2018, as acorn 6 of 构建 npm reads it", async (name) => {
  expect(() => parse("a?.b", { ecmaVersion: ES2018 })).toThrow();
  parse(await script(name), { ecmaVersion: ES2018, sourceType: "script" });
});

test.each(SCRIPTS)("%s takes nothing from its surroundings but what every mini-program has", async (name) => {
  expect([...freeNames("const a = window; a(wx); { let b; b; c }")].sort()).toEqual(["c", "window", "wx"]);
  const names = freeNames(await script(name));
  expect([...names].filter((name) => [...SHADOWED, ...ABSENT].includes(name))).toEqual([]);
  const known =
    "exports require wx WXWebAssembly console setTimeout clearTimeout undefined Symbol Object Array Promise Map Set WeakMap WeakSet Error TypeError Number String Date Math JSON Uint8Array DataView";
  expect([...names].filter((name) => !known.split(" ").includes(name))).toEqual([]);
});

test.each(SCRIPTS)("%s makes no code from text and chooses no module at run time", async (name) => {
  const code = (await script(name)).replace('require("./index.js")', "");
  expect(code).not.toMatch(/\beval\b|\bnew Function\b|\bFunction\(|\bimport\(|\bimport\.meta\b|\brequire\(/);
});

test("the ES module for other tools exports the same, and knows no address of its own", async () => {
  const module = await readFile(
    "../../miniprogram-demo/node_modules/mobileim/dist/miniprogram/index.js",
    "utf8",
  );
  expect(module).not.toMatch(/\bimport\(|\bimport\.meta\b|^import /m);
  const exported = /^export \{([^}]*)\};/m
    .exec(module)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  const names = [...(await script("index.js")).matchAll(/^exports\.(\w+) = /gm)].map((match) => match[1]);
  expect(exported?.sort()).toEqual(names.sort());
  expect(names).toContain("createClient");
});

test.each(SCRIPTS)("fingerprints do not come from Math.random in %s", async (name) => {
  expect(await script(name)).not.toMatch(/Math\.random/);
});

test("the engine validates with every feature of WebAssembly switched off", async () => {
  const off = {
    exceptions: false,
    mutable_globals: false,
    sat_float_to_int: false,
    sign_extension: false,
    simd: false,
    threads: false,
    function_references: false,
    multi_value: false,
    tail_call: false,
    bulk_memory: false,
    reference_types: false,
    annotations: false,
    code_metadata: false,
    gc: false,
    memory64: false,
    extended_const: false,
    relaxed_simd: false,
  };
  const { readWasm, parseWat } = await wabt();
  const newer = "(module (func (param i32) (result i32) local.get 0 i32.extend8_s))";
  const extended = parseWat("newer.wat", newer, { ...off, sign_extension: true }).toBinary({}).buffer;
  expect(() => readWasm(extended, { readDebugNames: false, ...off }).validate()).toThrow();
  const module = readWasm(await engine(), { readDebugNames: false, ...off });
  module.validate();
  module.destroy();
});

test("the engine imports functions only, and exports functions and its memory only", async () => {
  const module = await WebAssembly.compile(await engine());
  const imports = WebAssembly.Module.imports(module);
  expect(imports.length).toBeGreaterThan(0);
  expect(new Set(imports.map(({ kind }) => kind))).toEqual(new Set(["function"]));
  const exports = WebAssembly.Module.exports(module);
  expect(new Set(exports.map(({ kind }) => kind))).toEqual(new Set(["function", "memory"]));
});

test("no 64-bit integer, which would be a BigInt, crosses the engine's boundary", async () => {
  const text = await lines();
  const type = (index: string) => text.find((line) => line.startsWith(`(type (;${index};)`)) ?? "";
  const imported = text
    .filter((line) => line.startsWith("(import "))
    .map((line) => /\(type (\d+)\)/.exec(line)?.[1] ?? "");
  const exported = text
    .map((line) => /^\(export "[^"]*" \(func (\d+)\)\)/.exec(line)?.[1])
    .filter((index) => index !== undefined)
    .map((index) => text.find((line) => line.startsWith(`(func (;${index};)`)) ?? "")
    .map((line) => /\(type (\d+)\)/.exec(line)?.[1] ?? "");
  expect(imported.length).toBeGreaterThan(10);
  expect(exported.length).toBeGreaterThan(10);
  for (const index of [...imported, ...exported]) {
    expect(type(index)).toMatch(/^\(type \(;\d+;\) \(func/);
    expect(type(index)).not.toContain("i64");
  }
});
