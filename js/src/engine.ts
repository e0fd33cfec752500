/** The engine, as wasm-bindgen makes it: one for all hosts, which differ in how they get its WebAssembly. */
import * as glue from "./engine/mobileim_bg.js";

export type { EventName, Failure, Host, LinkLostReason, LostReason, State } from "./engine/mobileim_bg.js";

/** An instance of the engine. */
export type Engine = glue.WasmClient;

/** Makes instances of the engine. */
export type EngineClass = typeof glue.WasmClient;

/** Where the engine's WebAssembly comes from, when not from beside the script. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module | Instantiate;

/**
 * Instantiates the engine in a way of its own: `instantiate` of `mobileim/wasm2js` is one.
 *
 * Takes what the engine's module imports, and gives what it exports.
 */
export type Instantiate = (
  imports: WebAssembly.Imports,
) => WebAssembly.Exports | Promise<WebAssembly.Exports>;

/** The engine's class, once a host has instantiated its module. */
export async function loadEngine(instantiate: Instantiate): Promise<EngineClass> {
  // wasm-bindgen's name for the module of the functions that the engine calls.
  glue.__wbg_set_wasm(await instantiate({ "./mobileim_bg.js": glue }));
  return glue.WasmClient;
}
