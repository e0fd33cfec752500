/** The entry point for Node.js: tests and bots. Node 20 has no `WebSocket`; pass `webSocketTransport(ws)` there. */
import { readFile } from "node:fs/promises";
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import { loadEngine, type WasmSource } from "./engine.js";
import { instantiateFrom } from "./instantiate.js";
import type { ClientOptions } from "./options.js";
import { cryptoSeed, once } from "./platform.js";
import { webSocketTransport } from "./transport.js";

export * from "./exports.js";

/**
 * Loads the engine, once a process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn({
  load: once(async (wasm?: WasmSource) => {
    const beside = new URL("./engine/mobileim_bg.wasm", import.meta.url);
    return loadEngine(instantiateFrom(wasm ?? (await readFile(beside))));
  }),
  transport: webSocketTransport(),
  seed: cryptoSeed,
  watch: () => () => {},
});
