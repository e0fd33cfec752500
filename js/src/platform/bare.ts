import { MobileIMError } from "../client/errors.js";
import { webSocketTransport } from "../session/transport.js";
import { loadEngine, type WasmSource } from "./engine.js";
import { instantiateFrom } from "./instantiate.js";
import { cryptoSeed, once, type Platform } from "./platform.js";

/** Node.js 20 has no `navigator`. Said without its types, which not every program has. */
const nodeVersion = () =>
  `Node.js ${(globalThis as { process?: { version?: string } }).process?.version ?? "unknown"}`;

const NO_WEBSOCKET =
  "there is no WebSocket here, as in Node.js before 22: pass transport: webSocketTransport(WebSocket) with that of the package ws";

/**
 * A host with the standard WebSocket, WebAssembly and Web Crypto, and nothing else: Node.js.
 *
 * @param engine - gives the engine's source, unless the application does
 */
export function barePlatform(engine: () => WasmSource | Promise<WasmSource>): Platform {
  return {
    host: "node",
    device: "node",
    agent: () => globalThis.navigator?.userAgent ?? nodeVersion(),
    load: once(async (wasm?: WasmSource) => loadEngine(instantiateFrom(wasm ?? (await engine())))),
    transport: webSocketTransport(),
    checkTransport() {
      if (typeof WebSocket === "undefined") throw new MobileIMError("no-websocket", NO_WEBSOCKET);
    },
    seed: cryptoSeed,
    watch: () => () => {},
  };
}
