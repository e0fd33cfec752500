/** The entry point for browsers. */
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import load, { WasmClient } from "./engine/mobileim.js";
import type { WasmSource } from "./engine.js";
import { watchPage } from "./lifecycle.js";
import type { ClientOptions } from "./options.js";
import { cryptoSeed, once } from "./platform.js";
import { webSocketTransport } from "./transport.js";

export * from "./exports.js";

/**
 * Loads the engine, once a page, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn({
  load: once(async (wasm?: WasmSource) => {
    // Without a source the glue takes the file beside it, in the way that bundlers recognise.
    await load(wasm === undefined ? undefined : { module_or_path: wasm });
    return WasmClient;
  }),
  transport: webSocketTransport(),
  seed: cryptoSeed,
  watch: watchPage,
});
