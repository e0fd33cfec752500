import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import { loadEngine, type WasmSource } from "./engine.js";
import { indexedDbStore } from "./indexed-db.js";
import { instantiateFrom } from "./instantiate.js";
import { watchPage } from "./lifecycle.js";
import type { ClientOptions } from "./options.js";
import { cryptoSeed, once } from "./platform.js";
import { shareBetweenTabs } from "./shared-driver.js";
import { webSocketTransport } from "./transport.js";

/** Makes `createClient` for pages. The entry points for them differ in where the engine is, where nothing else is said. */
export function createClientInPage(engine: () => WasmSource): (options: ClientOptions) => Promise<Client> {
  return createClientOn({
    load: once(async (wasm?: WasmSource) => loadEngine(instantiateFrom(wasm ?? engine()))),
    transport: webSocketTransport(),
    seed: cryptoSeed,
    store: indexedDbStore,
    share: shareBetweenTabs,
    // In Node.js there is no page, and nothing tells of the network.
    watch: typeof globalThis.addEventListener === "function" ? watchPage : () => () => {},
  });
}
