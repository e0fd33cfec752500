import { loadEngine, type WasmSource } from "./engine.js";
import { instantiateFrom } from "./instantiate.js";
import { cryptoSeed, once, type Platform } from "./platform.js";
import { webSocketTransport } from "./transport.js";

/**
 * A host with the standard WebSocket, WebAssembly and Web Crypto, and nothing else: Node.js.
 *
 * @param engine - where the engine is, where the application says nothing else
 */
export function barePlatform(engine: () => WasmSource | Promise<WasmSource>): Platform {
  return {
    load: once(async (wasm?: WasmSource) => loadEngine(instantiateFrom(wasm ?? (await engine())))),
    transport: webSocketTransport(),
    seed: cryptoSeed,
    watch: () => () => {},
  };
}
