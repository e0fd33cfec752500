/** The entry point for WeChat mini-programs: the same as the browsers' one, over `wx` only. */
import type { Client } from "../client/client.js";
import { createClientOn } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import type { WasmSource } from "../platform/engine.js";
import { once } from "../platform/platform.js";
import { loadFromApp } from "./engine.js";
import { watchApp } from "./lifecycle.js";
import { seed } from "./seed.js";
import { WxStore } from "./store.js";
import { wxTransport } from "./transport.js";
import { agent } from "./wx.js";

export { ArgumentError } from "../client/arguments.js";
export {
  ConnectError,
  EngineLoadError,
  KickedError,
  LoginError,
  LoginRefusedError,
  MobileIMError,
  QuestionError,
  SendError,
  ServerError,
  TokenError,
} from "../client/errors.js";
// All that the other entry points export too, but for what is made of a browser's parts.
export type * from "../entries/exports.js";
export { WxStore, wxTransport };

/**
 * Loads the engine, once an app, and makes a client.
 *
 * `wasm` is the path of the engine's file in the app, from its root; by default it is where 构建 npm puts it. `store` is
 * a {@link WxStore} unless the application brings another one.
 *
 * @throws EngineLoadError; MobileIMError with the code `"no-randomness"` if there is no `wx.getRandomValues`
 */
export const createClient: (options: ClientOptions) => Promise<Client> = createClientOn({
  host: "mini-program",
  device: "wechat",
  agent: () => agent(),
  load: once((wasm?: WasmSource) => loadFromApp(wasm as string | undefined)),
  transport: wxTransport,
  seed,
  watch: watchApp,
  store: (url) => new WxStore(url),
});
