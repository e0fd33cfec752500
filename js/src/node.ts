/** The entry point for Node.js: tests and bots. Node 20 has no `WebSocket`; pass `webSocketTransport(ws)` there. */
import { barePlatform } from "./bare-platform.js";
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import { inlinedEngine } from "./inlined.js";
import type { ClientOptions } from "./options.js";

export * from "./exports.js";

/**
 * Starts the engine, once a process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  barePlatform(inlinedEngine),
);
