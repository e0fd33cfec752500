/** The slim entry for bundlers that do not know `import.meta`, by which the other one finds its file. */
import type { Client } from "../client/client.js";
import { createClientOn } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { pagePlatform } from "../platform/page.js";

export { indexedDbStore } from "../store/indexed-db.js";
export * from "./exports.js";

/**
 * Loads the engine from what the option `wasm` names, once a page, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  pagePlatform(() => {
    throw new Error(
      "this bundler does not say where files are; pass wasm: the address of mobileim/mobileim.wasm",
    );
  }),
);
