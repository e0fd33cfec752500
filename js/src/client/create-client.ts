import type { EngineClass } from "../platform/engine.js";
import type { Platform } from "../platform/platform.js";
import { LocalSession } from "../session/local.js";
import type { Reporter } from "../session/report.js";
import type { MessageStore } from "../store/store.js";
import { PATIENCE_MS } from "../store/user-store.js";
import { addressesOf, checkClientOptions, checkDevice } from "./checks.js";
import type { Client } from "./client.js";
import { within } from "./deferred.js";
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
    const naming = deviceOf(options.device, platform, store);
    let engineClass: EngineClass;
    try {
      engineClass = await platform.load(options.wasm);
    } catch (cause) {
      throw new EngineLoadError(cause);
    }
    const device = await naming;
    checkDevice(device);
    const parts = {
      engineClass,
      seed: await platform.seed(),
      url,
      urls,
      senseMode,
      getToken,
      transport,
      store,
      device,
      platform: options.platform ?? platform.device,
    };
    const session = (report: Reporter) =>
      (options.tabs !== false && platform.share?.(parts, report)) || new LocalSession(parts, report);
    const about = { address: publicAddress(url), host: platform.host, device, agent: platform.agent };
    return new EngineClient(session, (hints) => platform.watch(hints), getToken !== undefined, about);
  };
}

/** Returns what logins name: what the application says, or else what the store keeps, if it can. Never rejects. */
async function deviceOf(
  given: ClientOptions["device"],
  platform: Platform,
  store: MessageStore | undefined,
): Promise<string | undefined> {
  if (given !== undefined || store?.device === undefined) return given || undefined;
  try {
    // 64 bits: it is to differ from a user's few others only.
    const fresh = (await platform.seed()).map((half) => half.toString(36)).join("-");
    return await within(PATIENCE_MS, Promise.resolve(store.device(fresh)));
  } catch {
    // A name that does not outlive the page would be another device at every visit.
    return undefined;
  }
}
