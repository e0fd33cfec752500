/** The entry point for pages, with the engine inside: nothing but the script is to be found, served and loaded. */
import { barePlatform } from "./bare-platform.js";
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import { inlinedEngine } from "./inlined.js";
import type { ClientOptions } from "./options.js";
import { pagePlatform } from "./page-platform.js";

export * from "./exports.js";
export { indexedDbStore } from "./indexed-db.js";

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
