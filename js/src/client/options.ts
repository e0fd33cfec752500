import type { WasmSource } from "../platform/engine.js";
import type { Transport } from "../session/transport.js";
import type { MessageStore } from "../store/store.js";
import type { Refs } from "./refs.js";

/** A user's id. A number stands for its decimal digits; it must be a whole one below 2^53. */
export type UserId = string | number | bigint;

/** The settings of a client. */
export interface ClientOptions {
  /**
   * The server's address, `wss://host/websocket`; or several, of servers that take over from each other. After a failure the
   * client goes on to the next one, and passes over at once those at which nobody answers; the first one names the server where messages are kept.
   */
  url: string | string[];
  /**
   * Gets a token for a login. Called at every login, the ones after a lost link included, and before a token expires whose
   * end the server has told, so that a short-lived token is always fresh and its end is not that of the session. When it throws, gives no text, or takes longer than 10 s, the client says so once by an `error`
   * event, waits and asks again, and opens no link before it has a token.
   */
  getToken?: (userId: string) => string | Promise<string>;
  /** How links are made; by default the host's own `WebSocket`. */
  transport?: Transport;
  /**
   * The server's sense mode, named by its heartbeat in seconds; 15 by default. Only an original MobileIMSDK server
   * needs it: a MobileIM server tells its own.
   */
  senseMode?: SenseMode;
  /**
   * Keeps unacknowledged messages, and the hashes of received ones, through a reload or a crash. By default it is the host's own:
   * IndexedDB in browsers, nothing in Node.js. `false` keeps nothing.
   */
  store?: MessageStore | false | null;
  /**
   * Whether the tabs of a browser in which the same user logs in at the same address share one connection; true by
   * default. Then all of them hear every event, each can send, and a logout in one of them logs all of them out. When the
   * tab that has the connection is closed, crashes or hangs, another one takes over.
   *
   * If a browser lacks Web Locks or BroadcastChannel, and in other hosts, connections are not shared, and the server
   * kicks out the client that logged in before.
   */
  tabs?: boolean;
  /**
   * The name of the device, by which a server that lets users have several tells it from their others: made once, the same ever
   * after, no other's, and no secret; 1 to 64 bytes of UTF-8. By default the store makes one and keeps it, one for all tabs of a browser;
   * a client without a store, or whose store fails, names none. `false` names none: to the server it is the user's one unnamed device, as
   * original clients are.
   */
  device?: string | false;
  /** What kind of device that is, 1 to 64 bytes of UTF-8; by default `web` in browsers, `wechat` in mini-programs, `node` in Node.js. */
  platform?: string;
  /**
   * Where the engine's WebAssembly comes from: an address, the bytes, a response, a compiled module, or a function that
   * instantiates it. By default it is inside the script; for `mobileim/slim`, beside it. All clients of a page share
   * one engine: the first one's source counts.
   */
  wasm?: WasmSource;
}

/** A sense mode, named by its heartbeat in seconds. */
export type SenseMode = 3 | 5 | 10 | 15 | 30 | 60 | 120;

/** Who logs in. */
export interface LoginOptions {
  userId: UserId;
  /** The proof of the user's identity; `ClientOptions.getToken` is asked if it is missing. */
  token?: string;
  /** Anything else for the server's authenticator. */
  extra?: string;
}

/** The same, with the user's id as a text. */
export type Account = LoginOptions & { userId: string };

/** How a message is sent. */
export interface SendOptions extends Refs {
  /** The application's own message type, a whole number of 32 bits; −1 by default. */
  typeu?: number;
  /** Whether delivery is guaranteed; true by default. Without, the message is sent once, if there is a link. */
  qos?: boolean;
  /**
   * The message's fingerprint, from `client.newFingerprint()`; a new one by default. That of a message which is on
   * its way already, from before a reload too, joins it: it is not sent twice, and both promises have its outcome.
   */
  fp?: string;
}
