/** The entry point for browsers. */
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

export * from "./exports.js";

/**
 * Loads the engine, once a page, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn({
  load: once((wasm?: WasmSource) =>
    // The file beside this one, in the way that bundlers recognise.
    loadEngine(instantiateFrom(wasm ?? new URL("./engine/mobileim_bg.wasm", import.meta.url))),
  ),
  transport: webSocketTransport(),
  seed: cryptoSeed,
  store: indexedDbStore,
  share: shareBetweenTabs,
  watch: watchPage,
});
