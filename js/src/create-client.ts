import type { Client } from "./client.js";
import type { Reports } from "./driver.js";
import type { EngineClass } from "./engine.js";
import { EngineClient } from "./engine-client.js";
import { EngineDriver } from "./engine-driver.js";
import { EngineLoadError } from "./errors.js";
import type { ClientOptions } from "./options.js";
import type { Platform } from "./platform.js";

/** Makes `createClient` for a host. */
export function createClientOn(platform: Platform): (options: ClientOptions) => Promise<Client> {
  return async (options) => {
    const { url, senseMode, getToken, transport = platform.transport } = options;
    // It may open while the engine is being compiled.
    const store = options.store === undefined ? platform.store?.(url) : options.store || undefined;
    let engineClass: EngineClass;
    try {
      engineClass = await platform.load(options.wasm);
    } catch (cause) {
      throw new EngineLoadError(cause);
    }
    const parts = { engineClass, seed: await platform.seed(), url, senseMode, getToken, transport, store };
    const driver = (reports: Reports) =>
      (options.tabs !== false && platform.share?.(parts, reports)) || new EngineDriver(parts, reports);
    return new EngineClient(driver, (hints) => platform.watch(hints), getToken !== undefined);
  };
}
