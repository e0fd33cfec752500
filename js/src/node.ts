/** The entry point for Node.js: tests and bots. Node 20 has no `WebSocket`; pass `webSocketTransport(ws)` there. */
import { readFile } from "node:fs/promises";
import { barePlatform } from "./bare-platform.js";
import type { Client } from "./client.js";
import { createClientOn } from "./create-client.js";
import type { ClientOptions } from "./options.js";

export * from "./exports.js";

/**
 * Loads the engine, once a process, and makes a client.
 *
 * @throws EngineLoadError
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn(
  barePlatform(() => readFile(new URL("./engine/mobileim_bg.wasm", import.meta.url))),
);
