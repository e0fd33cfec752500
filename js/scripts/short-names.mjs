// wasm-bindgen names what the engine calls with a hash, twice: in the WebAssembly, and in the glue. There is one of each
// name here, so the hashes are only bytes that do not compress.
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const HASHED = /__wbg_(\w+?)_[0-9a-f]{16}\b/g;

/** Takes the hashes off the names in mobileim_bg.wasm and mobileim_bg.js. */
export function shortenNames(folder) {
  const glue = readFileSync(`${folder}/mobileim_bg.js`, "utf8");
  const hashed = new Set(glue.match(HASHED));
  const short = (text) => text.replace(HASHED, "_$1");
  if (new Set([...hashed].map(short)).size !== hashed.size) throw new Error("two imports have one name");
  writeFileSync(`${folder}/mobileim_bg.js`, short(glue));

  const wasm = `${folder}/mobileim_bg.wasm`;
  const before = binaryen.readBinary(readFileSync(wasm));
  const module = binaryen.parseText(short(before.emitText()));
  module.setFeatures(before.getFeatures());
  if (!module.validate()) throw new Error("the engine is not valid under its short names");
  writeFileSync(wasm, module.emitBinary());
}
