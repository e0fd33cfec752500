import type { EngineClass } from "../platform/engine.js";
import type { Platform } from "../platform/platform.js";
import { LocalSession } from "../session/local.js";
import type { Reporter } from "../session/report.js";
import { addressesOf, checkClientOptions } from "./checks.js";
import type { Client } from "./client.js";
import { EngineClient } from "./engine-client.js";
import { EngineLoadError } from "./errors.js";
import { publicAddress } from "./log.js";
import type { ClientOptions } from "./options.js";

/** Makes `createClient` for a host. */
export function createClientOn(platform: Platform): (options: ClientOptions) => Promise<Client> {
  return async (options) => {
    checkClientOptions(options);
    if (options.transport === undefined) platform.checkTransport?.();
    const { senseMode, getToken, transport = platform.transport } = options;
    const urls = addressesOf(options);
    const url = urls[0] as string;
    // It may open while the engine is being compiled.
    const store = options.store === undefined ? platform.store?.(url) : options.store || undefined;
    let engineClass: EngineClass;
    try {
      engineClass = await platform.load(options.wasm);
    } catch (cause) {
      throw new EngineLoadError(cause);
    }
    const parts = {
      engineClass,
      seed: await platform.seed(),
      url,
      urls,
      senseMode,
      getToken,
      transport,
      store,
    };
    const session = (report: Reporter) =>
      (options.tabs !== false && platform.share?.(parts, report)) || new LocalSession(parts, report);
    const about = { address: publicAddress(url), host: platform.host, agent: platform.agent };
    return new EngineClient(session, (hints) => platform.watch(hints), getToken !== undefined, about);
  };
}
