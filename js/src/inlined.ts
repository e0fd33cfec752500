/** The entry point with the engine inside: for a classic script tag, and for CommonJS, which has no `import.meta`. */
import type { Client } from "./client.js";
import { length, text } from "./engine/inlined.js";
import { decodeInlined } from "./inlined-bytes.js";
import type { ClientOptions } from "./options.js";
import { createClientInPage } from "./page-client.js";

export * from "./exports.js";

/**
 * Starts the engine, once a page or process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientInPage(() =>
  decodeInlined(text, length),
);
