/** The entry point for pages that load the engine as a file of its own. */
import type { Client } from "../client/client.js";
import { createClientOn } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { pagePlatform } from "../platform/page.js";

export { indexedDbStore } from "../store/indexed-db.js";
export * from "./exports.js";

/**
 * Loads the engine, once a page, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  // The file beside this one, in the way that bundlers recognise.
  pagePlatform(() => new URL("./engine/mobileim_bg.wasm", import.meta.url)),
);
