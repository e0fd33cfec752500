// The engine and its glue call each other by names that wasm-bindgen makes, long ones and some with a hash. They are in the
// WebAssembly and in the glue, so no minifier may shorten them, and a page would load each twice.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

/**
 * Gives what mobileim_bg.wasm imports and exports names of a letter or two, there and in mobileim_bg.js, which exports as
 * `imports` what the engine imports from the module "js".
 */
export function shortenNames(folder) {
  const wasm = `${folder}/mobileim_bg.wasm`;
  const before = binaryen.readBinary(readFileSync(wasm));
  const text = before.emitText();
  const imported = shortNames(text.matchAll(/\(import "[^"]+" "(\w+)"/g), "_");
  const exported = shortNames(text.matchAll(/\(export "(\w+)"/g), "");
  // Its name is the one that everybody knows it by.
  exported.set("memory", "memory");

  const module = binaryen.parseText(
    text
      .replace(/(\(import )"[^"]+" "(\w+)"/g, (_, start, name) => `${start}"js" "${imported.get(name)}"`)
      .replace(/\(export "(\w+)"/g, (_, name) => `(export "${exported.get(name)}"`),
  );
  module.setFeatures(before.getFeatures());
  if (!module.validate()) throw new Error("the engine is not valid under its short names");
  writeFileSync(wasm, module.emitBinary());

  const glue = readFileSync(`${folder}/mobileim_bg.js`, "utf8");
  const called = new Set(Array.from(glue.matchAll(/\bwasm\.(\w+)/g), ([, name]) => name));
  const functions = new Set(Array.from(glue.matchAll(/^(?:export )?function (\w+)/gm), ([, name]) => name));
  if (
    ![...called].every((name) => exported.has(name)) ||
    ![...imported.keys()].every((name) => functions.has(name))
  )
    throw new Error("the glue names what it shares with the engine in another way now");
  // In one object, as the engine takes them: bundlers make a larger one of a module's exports.
  const object = `export const imports = { ${[...imported.values()].sort().join(", ")} };\n`;
  writeFileSync(
    `${folder}/mobileim_bg.js`,
    glue
      .replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exported.get(name)}`)
      .replace(/^export function (\w+)/gm, (whole, name) =>
        imported.has(name) ? `function ${imported.get(name)}` : whole,
      )
      .replace(object, "") + object,
  );
}

/** A short name for each of these, in order: where there are short names already, the same ones. */
function shortNames(matches, prefix) {
  const names = new Set(Array.from(matches, ([, name]) => name));
  return new Map(Array.from(names, (name, index) => [name, prefix + (index + 10).toString(36)]));
}
