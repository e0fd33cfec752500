/** The checks of what the client's own functions take. */

import {
  BOOLEAN,
  check,
  checkOptions,
  FUNCTION,
  idOf,
  isFunction,
  isObject,
  isText,
  type Kind,
  TEXT,
} from "./arguments.js";
import type { ClientEvents } from "./client.js";
import type { Account, ClientOptions, LoginOptions, SendOptions } from "./options.js";
import { REFS } from "./refs.js";

const SENSE_MODES: readonly unknown[] = [3, 5, 10, 15, 30, 60, 120];

const EVENTS: Record<keyof ClientEvents, true> = {
  message: true,
  state: true,
  delivered: true,
  lost: true,
  missed: true,
  typing: true,
  read: true,
  presence: true,
  group: true,
  kicked: true,
  error: true,
  log: true,
};

const STORE_FUNCTIONS = ["load", "persist", "forget", "remember"];

/** The longest name of a device and of its kind, in bytes of UTF-8. */
const LONGEST_NAME = 64;

const isName = (given: unknown): boolean => {
  if (!isText(given) || !/^[^\ud800-\udfff]+$/u.test(given)) return false;
  let bytes = 0;
  for (const character of given) {
    const code = character.charCodeAt(0);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : character.length + 2;
  }
  return bytes <= LONGEST_NAME;
};

const NAME = `a text of 1 to ${LONGEST_NAME} bytes in UTF-8`;

const CLIENT_OPTIONS: { [K in Exclude<keyof ClientOptions, "url">]-?: Kind } = {
  getToken: FUNCTION,
  transport: FUNCTION,
  senseMode: [(mode) => SENSE_MODES.includes(mode), `one of ${SENSE_MODES.join(", ")}`],
  tabs: BOOLEAN,
  device: [(device) => device === false || isName(device), `${NAME}, or false`],
  platform: [isName, NAME],
  wasm: [(source) => isText(source) || isFunction(source) || isObject(source), "a source"],
  store: [
    (store) => {
      if (store === false || store === null) return true;
      return isObject(store) && STORE_FUNCTIONS.every((name) => isFunction(Object(store)[name]));
    },
    `false, or an object with ${STORE_FUNCTIONS.join(", ")}`,
  ],
};

/** Checks the name that a store gives the device. */
export function checkDevice(device: unknown): void {
  if (device !== undefined) check("store.device()", [isName, NAME], device);
}

const LOGIN_OPTIONS: { [K in Exclude<keyof LoginOptions, "userId">]-?: Kind } = { token: TEXT, extra: TEXT };

const SEND_OPTIONS: { [K in keyof SendOptions]-?: Kind } = {
  typeu: [(type) => Number.isInteger(type) && type === ((type as number) | 0), "a whole number of 32 bits"],
  qos: BOOLEAN,
  fp: TEXT,
  ...REFS,
};

export function checkClientOptions(options: ClientOptions): void {
  checkOptions(CLIENT_OPTIONS, options);
  const urls = addressesOf(options);
  check("url", [() => urls.length > 0, "an address, or some"], options.url);
  urls.forEach(checkUrl);
}

/** Returns the server's addresses. */
export function addressesOf({ url }: ClientOptions): string[] {
  return Array.isArray(url) ? url : [url];
}

/** Scheme, perhaps a user, host, perhaps a port; no fragment, which sockets refuse. */
const ADDRESS =
  /^(wss?):\/\/(?:[^\s/?#@]*@)?(\[[\da-f:.]+\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?(?:[/?][^\s#]*)?$/i;

/** Refuses what cannot be a server's address, before a login waits for it. */
export function checkUrl(url: unknown): void {
  const [, scheme = "", host = "", port = "1"] = (isText(url) && ADDRESS.exec(url)) || [];
  const isAddress = scheme !== "" && isParsable(url as string) && +port > 0 && +port < 65536;
  check("url", [() => isAddress, "an address that begins with wss:// or ws://"], url);
  const isMixed = scheme.toLowerCase() === "ws" && globalThis.location?.protocol === "https:";
  // Of the page's own machine nothing can be overheard: browsers permit it.
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$|\.localhost$/i.test(host);
  check(
    "url",
    [() => !isMixed || isLocal, "an address that begins with wss://, as this page came by https"],
    url,
  );
}

/** As far as the host can tell: mini-programs have no `URL`. */
function isParsable(url: string): boolean {
  try {
    return typeof URL !== "function" || new URL(url) !== undefined;
  } catch {
    return false;
  }
}

/** Returns who logs in, with the user's id as a text. */
export function accountOf(options: LoginOptions): Account {
  checkOptions(LOGIN_OPTIONS, options);
  return { ...options, userId: idOf("userId", options.userId) };
}

/** Checks how a message is sent, but for what the client fills in. */
export function checkSending(text: string, options: SendOptions): void {
  check("text", TEXT, text);
  checkOptions(SEND_OPTIONS, options);
  if (options.fp !== undefined) idOf("fp", options.fp);
}

export function checkListener(type: unknown, listener: unknown): void {
  const types = Object.keys(EVENTS);
  check("type", [() => types.includes(type as string), `one of ${types.join(", ")}`], type);
  check("listener", FUNCTION, listener);
}
