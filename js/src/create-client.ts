import type { Client } from "./client.js";
import type { EngineClass } from "./engine.js";
import { EngineClient } from "./engine-client.js";
import { EngineLoadError } from "./errors.js";
import type { ClientOptions } from "./options.js";
import type { Platform } from "./platform.js";

/** Makes `createClient` for a host. */
export function createClientOn(platform: Platform): (options: ClientOptions) => Promise<Client> {
  return async (options) => {
    let engineClass: EngineClass;
    try {
      engineClass = await platform.load(options.wasm);
    } catch (cause) {
      throw new EngineLoadError(cause);
    }
    return new EngineClient(engineClass, platform, options, await platform.seed());
  };
}
