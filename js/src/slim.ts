/** The entry point for pages that load the engine as a file of its own. */
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import type { ClientOptions } from "./options.js";
import { pagePlatform } from "./page-platform.js";

export * from "./exports.js";
export { indexedDbStore } from "./indexed-db.js";

/**
 * Loads the engine, once a page, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  // The file beside this one, in the way that bundlers recognise.
  pagePlatform(() => new URL("./engine/mobileim_bg.wasm", import.meta.url)),
);
