/** The engine's class, as wasm-bindgen makes it. Types only: each entry point loads a build of its own. */
import type * as glue from "./engine/mobileim.js";

export type {
  EngineEvent,
  EngineMessage,
  FailureName,
  Host,
  LinkLostReason,
  LostReason,
  State,
} from "./engine/mobileim.js";

/** An instance of the engine. */
export type Engine = glue.WasmClient;

/** Makes instances of the engine. */
export type EngineClass = typeof glue.WasmClient;

/** Where the engine's WebAssembly comes from, when not from beside the script. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;
