/** The checks of what the client's own functions take. */
import { check, checkOption, idOf, isBoolean, isFunction, isObject, isText } from "./arguments.js";
import type { ClientEvents } from "./client.js";
import type { Account, ClientOptions, LoginOptions, SendOptions } from "./options.js";

const SENSE_MODES: readonly unknown[] = [3, 5, 10, 15, 30, 60, 120];

const EVENTS: Record<keyof ClientEvents, true> = {
  message: true,
  state: true,
  delivered: true,
  lost: true,
  kicked: true,
  error: true,
  log: true,
};

export function checkClientOptions(options: ClientOptions): void {
  check(isObject(options), "options", "an object", options);
  const { url, getToken, transport, senseMode, store, tabs, wasm } = options;
  checkUrl(url);
  checkOption(isFunction, "getToken", "a function", getToken);
  checkOption(isFunction, "transport", "a function", transport);
  checkOption(
    (mode) => SENSE_MODES.includes(mode),
    "senseMode",
    `one of ${SENSE_MODES.join(", ")}`,
    senseMode,
  );
  checkOption(isBoolean, "tabs", "true or false", tabs);
  checkOption((source) => isText(source) || isFunction(source) || isObject(source), "wasm", "a source", wasm);
  if (store === undefined || store === null || store === false) return;
  const has = (name: string) => isFunction((store as unknown as Record<string, unknown>)[name]);
  const isStore = isObject(store) && ["load", "persist", "forget", "remember"].every(has);
  check(isStore, "store", "false, or an object with load, persist, forget and remember", store);
}

/** Scheme, perhaps a user, host, perhaps a port; no fragment, which sockets refuse. */
const ADDRESS =
  /^(wss?):\/\/(?:[^\s/?#@]*@)?(\[[\da-f:.]+\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?(?:[/?][^\s#]*)?$/i;

/** Refuses what cannot be a server's address, before a login waits for it. */
export function checkUrl(url: unknown): void {
  const [, scheme = "", host = "", port = "1"] = (isText(url) && ADDRESS.exec(url)) || [];
  check(
    scheme !== "" && isParsable(url as string) && +port > 0 && +port < 65536,
    "url",
    "an address that begins with wss:// or ws://",
    url,
  );
  const isMixed = scheme.toLowerCase() === "ws" && globalThis.location?.protocol === "https:";
  // Of the page's own machine nothing can be overheard: browsers permit it.
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$|\.localhost$/i.test(host);
  check(!isMixed || isLocal, "url", "an address that begins with wss://, as this page came by https", url);
}

/** As far as the host can tell: mini-programs have no `URL`. */
function isParsable(url: string): boolean {
  try {
    return typeof URL !== "function" || new URL(url) !== undefined;
  } catch {
    return false;
  }
}

/** Who logs in, with the user's id as a text. */
export function accountOf(options: LoginOptions): Account {
  check(isObject(options), "options", "an object", options);
  const { userId, token, extra } = options;
  checkOption(isText, "token", "a text", token);
  checkOption(isText, "extra", "a text", extra);
  return { ...options, userId: idOf("userId", userId) };
}

/** How a message is sent, but for what the client has to fill in. */
export function checkSending(text: string, options: SendOptions): void {
  check(isText(text), "text", "a text", text);
  check(isObject(options), "options", "an object", options);
  const { typeu, qos, fp } = options;
  checkOption(
    (type) => Number.isInteger(type) && type === ((type as number) | 0),
    "typeu",
    "a whole number of 32 bits",
    typeu,
  );
  checkOption(isBoolean, "qos", "true or false", qos);
  checkOption(isText, "fp", "a text", fp);
  if (fp !== undefined) idOf("fp", fp);
}

export function checkListener(type: unknown, listener: unknown): void {
  check(
    Object.keys(EVENTS).includes(type as string),
    "type",
    `one of ${Object.keys(EVENTS).join(", ")}`,
    type,
  );
  check(isFunction(listener), "listener", "a function", listener);
}
