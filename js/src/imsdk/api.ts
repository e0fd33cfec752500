import type { ClientOptions } from "../options.js";
import type { WireMessage } from "./wire-message.js";

/** Who logs in. The object may have other fields too. */
export interface LoginInfo {
  loginUserId: string;
  /** Read anew at every login, the ones after a lost link included: change it when the token is renewed. */
  loginToken?: string | undefined;
  /** Anything else for the server's authenticator. */
  extra?: string | undefined;
}

/** Why the server ended the session: `code` 1 for a login elsewhere, 2 for an administrator's decision. */
export interface KickoutInfo {
  code: number;
  reason: string;
}

/** A callback of the application's; null where it wants none. */
export type Callback<A extends unknown[]> = ((this: Imsdk, ...args: A) => void) | null;

/** What the application assigns, at any time; called with `this` as `IMSDK`, and skipped where null. */
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
  /** The link is lost, or does not come about: once, until it is back. */
  callback_onIMDisconnected: Callback<[]>;
  /** A heartbeat was sent. */
  callback_onIMPing: Callback<[]>;
  /** A heartbeat was answered. */
  callback_onIMPong: Callback<[]>;
  /** Something that the user should be told. */
  callback_onIMShowAlert: Callback<[text: string]>;
  /** The server ended the session. */
  callback_onIMKickout: Callback<[info: KickoutInfo]>;
  /** These messages are given up: the very objects that were handed to `sendData`. */
  callback_onMessagesLost: Callback<[messages: WireMessage[]]>;
  /** Another spelling, called where the first is null. */
  callback_onIMMessagesLost: Callback<[messages: WireMessage[]]>;
  /** The message with this fingerprint is at its receiver, or safe on the server's disk. */
  callback_onMessagesBeReceived: Callback<[fp: string]>;
  /** Another spelling, called where the first is null. */
  callback_onIMMessagesBeReceived: Callback<[fp: string]>;
}

/** The object that applications know as `IMSDK`. Its functions need no `this`. */
export interface Imsdk extends Callbacks {
  /**
   * Logs in and stays logged in. Where this user is logged in at this address already, it changes nothing but the
   * token for later; another user is logged out first.
   *
   * @param url - the server's address, `wss://host/websocket`
   */
  loginImpl(loginInfo: LoginInfo, url: string, flag?: boolean): void;
  /** From the first successful login to the logout, kick or refusal; also while the link is down. */
  isLogined(): boolean;
  /** While the server can be reached and this user is logged in. */
  isOnline(): boolean;
  /** What the last `loginImpl` was given; null before it. */
  getLoginInfo(): LoginInfo | null;
  /**
   * Sends a message, now or as soon as there is a link. With QoS its end is reported, by
   * `callback_onMessagesBeReceived` or `callback_onMessagesLost`. One that is on its way already is not sent twice.
   */
  sendData(message: WireMessage): void;
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

/** Makes message objects. */
export interface MessageFactory {
  /** A message with QoS and a new fingerprint. */
  createCommonDataSimple(content: unknown, from: string, to: string, typeu?: number): WireMessage;
  /** The same, by its older name. */
  createCommonData2(content: unknown, from: string, to: string, typeu?: number): WireMessage;
  /** A message with everything given; with QoS and without a fingerprint it gets a new one. */
  createCommonData(
    content: unknown,
    from: string,
    to: string,
    qos?: boolean,
    fp?: string | null,
    typeu?: number,
  ): WireMessage;
  /** How long new fingerprints are: 12 to 32 characters, 24 by default. */
  setMsgIdLength(length: number): void;
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
