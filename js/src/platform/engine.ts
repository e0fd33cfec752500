/** The engine, as wasm-bindgen makes it: one for all hosts, which differ in how they get its WebAssembly. */
import * as glue from "../engine/mobileim_bg.js";

export type { Failure, Host } from "../engine/mobileim_bg.js";

/** An instance of the engine. */
export type Engine = glue.WasmClient;

/** Makes instances of the engine. */
export type EngineClass = typeof glue.WasmClient;

/**
 * Where the engine's WebAssembly comes from, when not from the package: an address (a text, `URL` or `Request`), a
 * `Response`, the bytes, a `WebAssembly.Module`, or a function that instantiates it. Said without the types of the DOM,
 * which not every program has.
 */
export type WasmSource = string | Instantiate | object;

/** Instantiates the engine in a way of its own: `instantiate` of `mobileim/wasm2js` is one. */
export type Instantiate = (imports: EngineImports) => EngineExports | Promise<EngineExports>;

/** What the engine's module imports: `WebAssembly.Imports`. */
export type EngineImports = Record<string, Record<string, (...values: never[]) => unknown>>;

/** What the engine's module exports: `WebAssembly.Exports`. */
export type EngineExports = Readonly<Record<string, unknown>>;

/** The engine's class, once a host has instantiated its module. */
export async function loadEngine(instantiate: Instantiate): Promise<EngineClass> {
  const engine: EngineExports | undefined = await instantiate({ js: glue.imports });
  if (!engine?.memory) throw new TypeError("what it gave is no engine");
  glue.__wbg_set_wasm(engine);
  return glue.WasmClient;
}
