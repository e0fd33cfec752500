import type { ClientOptions } from "../client/options.js";
import type { SentMessage, WireMessage } from "./wire-message.js";

/** Who logs in. The object may have other fields too. */
export interface LoginInfo {
  loginUserId: string | number;
  /** Read anew at every login, the ones after a lost link included: change it when the token is renewed. */
  loginToken?: string | number | null | undefined;
  /** Anything else for the server's authenticator; any other value is sent as JSON. */
  extra?: unknown;
}

/**
 * The server's address, `wss://host/websocket`. Not in MobileIMSDK: or several, of servers that take over from each other. After a
 * failure the next one is tried.
 */
export type Addresses = string | readonly string[];

/** Why the server ended the session: `code` 1 for a login elsewhere, 2 for an administrator's decision. */
export interface KickoutInfo {
  code: number;
  reason: string;
}

/**
 * A callback of the application's; null if it wants none. As a method's type, so that a callback may say that it takes
 * messages with ids of the kind that this application has.
 */
export type Callback<A extends unknown[]> =
  | {
      /** The callback. */
      method(this: Imsdk, ...args: A): void;
    }["method"]
  | null;

/** What the application assigns, at any time; called with `this` as `IMSDK`, and skipped if null. */
export interface Callbacks {
  /** A line for the log; with `toConsole` it is for developers only. */
  callback_onIMLog: Callback<[text: string, toConsole?: boolean]>;
  /** A message arrived. `options` is not used. */
  callback_onIMData: Callback<[message: WireMessage, options?: undefined]>;
  /** A login by `loginImpl` succeeded. */
  callback_onIMAfterLoginSucess: Callback<[]>;
  /** A login was refused, or could not even be tried; with `isReconnect` that of a link lost and found again. */
  callback_onIMAfterLoginFailed: Callback<[isReconnect: boolean]>;
  /** Back online after `callback_onIMDisconnected`, without the application's help. */
  callback_onIMReconnectSucess: Callback<[]>;
  /** The link is lost, or does not come about: once, until it is back. After `callback_onIMKickout` too. */
  callback_onIMDisconnected: Callback<[]>;
  /** A heartbeat was sent. */
  callback_onIMPing: Callback<[]>;
  /** A heartbeat was answered. */
  callback_onIMPong: Callback<[]>;
  /**
   * A login could not even be tried, or finds no server; or it was refused, and `callback_onIMAfterLoginFailed` is null.
   * Where this is null too, `MBUtils.alert` tells the user, unless the server may yet be found.
   */
  callback_onIMShowAlert: Callback<[text: string]>;
  /** The server ended the session. */
  callback_onIMKickout: Callback<[info: KickoutInfo]>;
  /** These messages are given up: the very objects that were handed to `sendData`. */
  callback_onMessagesLost: Callback<[messages: SentMessage[]]>;
  /** Another spelling, called if the first is null. */
  callback_onIMMessagesLost: Callback<[messages: SentMessage[]]>;
  /** The message with this fingerprint is at its receiver, or safe on the server's disk. */
  callback_onMessagesBeReceived: Callback<[fp: string]>;
  /** Another spelling, called if the first is null. */
  callback_onIMMessagesBeReceived: Callback<[fp: string]>;
}

/** The object that applications know as `IMSDK`. Its functions need no `this`. */
export interface Imsdk extends Callbacks {
  /**
   * Logs in and stays logged in. Where this user is logged in at this address already, it changes nothing but the
   * token for later; another user is logged out first. Without a user or an address it is told as a login that failed,
   * and what was before stays.
   *
   * @param url - the server's address, or several
   */
  loginImpl(loginInfo: LoginInfo | null | undefined, url: Addresses, flag?: boolean): void;
  /** From the first successful login to the logout: also while the link is down, and after a kick or a refusal. */
  isLogined(): boolean;
  /** While the server can be reached and this user is logged in. */
  isOnline(): boolean;
  /** What the last `loginImpl` was given; null before it. */
  getLoginInfo(): LoginInfo | null;
  /**
   * Sends a message, now or as soon as there is a link. With QoS its end is reported, by
   * `callback_onMessagesBeReceived` or `callback_onMessagesLost`. One that is on its way already is not sent twice.
   *
   * @throws ArgumentError if it is no object
   */
  sendData(message: SentMessage): void;
  /** Logs out; messages that are on their way are given up. */
  disconnectSocket(): void;
  /** Whether what the engine reports is logged. */
  setDebugCoreEnable(enable: boolean): void;
  /** Whether what goes wrong is logged. */
  setDebugSDKEnable(enable: boolean): void;
  /** Whether heartbeats are logged. */
  setDebugPingPongEnable(enable: boolean): void;
  /** `setDebugCoreEnable` and `setDebugSDKEnable`. */
  setDebugEnable(enable: boolean): void;
  /**
   * Not in MobileIMSDK: options for the client below, such as `wasm` or `store`. Read when `loginImpl` makes one, so
   * set them before.
   */
  clientOptions: Partial<ClientOptions>;
}

/** Makes message objects. Ids stay as they are given, numbers too; on the wire they are texts. */
export interface MessageFactory {
  /** A message with QoS and a new fingerprint. */
  createCommonDataSimple: CreateSimple;
  /** The same, by its older name. */
  createCommonData2: CreateSimple;
  /** A message with everything given; with QoS and without a fingerprint it gets a new one. */
  createCommonData: Create;
  /** A new fingerprint, for an application that shows a message before it makes it. */
  genFingerPrint(): string;
  /** How long new fingerprints are: 12 to 32 characters, 24 by default. */
  setMsgIdLength(length: number): void;
}

/** Makes a message of the usual kind. */
export interface CreateSimple {
  (content: unknown, from: string, to: string, typeu?: number): WireMessage;
  (content: unknown, from: string | number, to: string | number, typeu?: number): SentMessage;
}

/** Makes a message with everything given. */
export interface Create {
  (
    content: unknown,
    from: string,
    to: string,
    qos?: boolean,
    fp?: string | null,
    typeu?: number,
  ): WireMessage;
  (
    content: unknown,
    from: string | number,
    to: string | number,
    qos?: boolean,
    fp?: string | null,
    typeu?: number,
  ): SentMessage;
}

/** The sense modes, as the seconds between heartbeats. */
export const MBSenseMode = {
  MODE_3S: 3,
  MODE_5S: 5,
  MODE_10S: 10,
  MODE_15S: 15,
  MODE_30S: 30,
  MODE_60S: 60,
  MODE_120S: 120,
} as const;

/** Sets how often heartbeats are sent. */
export interface KeepAliveDaemon {
  /**
   * Takes effect at the next `loginImpl`. A MobileIM server tells its own mode at login, which then counts; an
   * original server must be set to the same.
   */
  setSenseMode(mode: (typeof MBSenseMode)[keyof typeof MBSenseMode]): void;
}

/** What applications use beside messages. */
export interface Utilities {
  /** A date in a pattern's form, such as `yyyy-MM-dd hh:mm:ss`. */
  formatDate(date: Date | number, pattern: string): string;
  /** Tells the user something, as the host does: `alert` in a page, `wx.showModal` in a mini-program. */
  alert(text: unknown): void;
}
