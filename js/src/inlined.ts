/** The entry point with the engine inside: for a classic script tag, and for CommonJS, which has no `import.meta`. */
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import { length, text } from "./engine/inlined.js";
import { loadEngine, type WasmSource } from "./engine.js";
import { decodeInlined } from "./inlined-bytes.js";
import { instantiateFrom } from "./instantiate.js";
import { watchPage } from "./lifecycle.js";
import type { ClientOptions } from "./options.js";
import { cryptoSeed, once } from "./platform.js";
import { webSocketTransport } from "./transport.js";

export * from "./exports.js";

/**
 * Starts the engine, once a page or process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn({
  load: once((wasm?: WasmSource) => loadEngine(instantiateFrom(wasm ?? decodeInlined(text, length)))),
  transport: webSocketTransport(),
  seed: cryptoSeed,
  // Node.js has no page, and says nothing of the network.
  watch: typeof globalThis.addEventListener === "function" ? watchPage : () => () => {},
});
