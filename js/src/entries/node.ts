/** The entry point for Node.js: tests and bots. Node 20 has no `WebSocket`; pass `webSocketTransport(ws)` there. */

import type { Client } from "../client/client.js";
import { createClientOn } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { barePlatform } from "../platform/bare.js";
import { inlinedEngine } from "../platform/inlined.js";

export * from "./exports.js";

/**
 * Starts the engine, once a process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  barePlatform(inlinedEngine),
);
