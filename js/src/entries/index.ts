/** The entry point for pages, with the engine inside: nothing but the script has to be found, served and loaded. */

import type { Client } from "../client/client.js";
import { createClientOn } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { barePlatform } from "../platform/bare.js";
import { inlinedEngine } from "../platform/inlined.js";
import { pagePlatform } from "../platform/page.js";

export { indexedDbStore } from "../store/indexed-db.js";
export * from "./exports.js";

// What is required may be a page's bundle, or a program for Node.js.
const platform = typeof globalThis.addEventListener === "function" ? pagePlatform : barePlatform;

/**
 * Starts the engine, once a page or process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  platform(inlinedEngine),
);
