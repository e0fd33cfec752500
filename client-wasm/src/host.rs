//! What JavaScript does for the engine.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the engine wants. Everything for a link that is not the last one given to `connect` is to be ignored. */
export interface Host {
  /** Opens a link to the server; then `opened`, `received` and `closed` are to be called with its number. */
  connect(link: number): void;
  /** Sends a text frame: a body, or several with a line feed between them. */
  transmit(link: number, frame: string): void;
  /** Calls `flush` once whatever runs now is done: what is sent until then goes out together. */
  flushSoon(): void;
  /** Sends what is still to be sent on the link, then closes it. */
  disconnect(link: number): void;
  /** Gets a token for the login on the link; then `token` or `tokenFailed` is to be called. */
  requestToken(link: number): void;
  /** Calls `timeout` after so many ms, in place of the time set before; never, where it is negative. */
  setTimer(ms: number): void;
  /** Stores an unacknowledged message, for `restore` after a crash, until it is `delivered` or `lost`. */
  persist(fp: string, body: string): void;
  /** Stores the hash of a received message, for `restoreReceived` after a crash. */
  remember(hash: string): void;
  /** A message arrived, for the first time. `time` is the server's, in ms since 1970; 0 where it told none. */
  message(from: string, to: string, text: string, fp: string | undefined, qos: boolean, typeu: number,
    bridge: boolean, time: number): void;
  /** A message is at its receiver, or safe on the server's disk: it is to be removed from storage. */
  delivered(fp: string): void;
  /**
   * A message is given up, and to be removed from storage; `number` is the server's code where it is `refused`, the limit
   * in bytes where it is too long, else 0.
   */
  lost(to: string, text: string, fp: string, typeu: number, reason: LostReason, number: number): void;
  /**
   * Something else happened. What the other arguments mean:
   *
   * | name | number | flag | text |
   * | --- | --- | --- | --- |
   * | `state` | | | the {@link State} |
   * | `logged-in` | `firstLoginTime`, ms since 1970 | whether it goes an earlier login on | the server's name and version, where it tells them |
   * | `login-refused` | the server's code | whether the engine tries again by itself | |
   * | `link-lost` | | | the {@link LinkLostReason} |
   * | `kicked` | the server's code | whether there is a text | the administrator's words |
   * | `server-error` | the server's code | | in words |
   * | `bad-message` | at which byte | whether it is JSON at all | what is wrong there |
   * | `heartbeat-sent` | | | |
   * | `heartbeat-answered` | after so many ms | | |
   */
  event(name: EventName, number: number, flag: boolean, text: string): void;
}

/** Where a client stands. */
export type State = "offline" | "connecting" | "logging-in" | "online" | "waiting" | "closed";

/** Why a link is gone. */
export type LinkLostReason =
  /** The network, a proxy or the server closed it. */
  | "disconnected"
  /** It could not be opened. */
  | "never-opened"
  /** It did not open within 5 s. */
  | "connect-timeout"
  /** The login was not answered within 10 s. */
  | "login-timeout"
  /** No token could be had: `getToken` failed, or gave none within 10 s. */
  | "no-token"
  /** The server did not answer heartbeats. */
  | "silent"
  /** The server does not know the session any more (its error 301). */
  | "not-logged-in"
  /** The server refused the login with 1027: it cannot verify tokens for now. */
  | "refused-for-now"
  /** More came than is kept while nobody listens for messages: the next link brings it again. */
  | "overflow"
  /** Something newer than this list. */
  | "other";

/** Why a message is given up. */
export type LostReason =
  /** There was a link for two minutes (15 s to an original server), and no acknowledgement. */
  | "unacknowledged"
  /** The server refused it, and says by a code why. */
  | "refused"
  /** The user logged out. */
  | "logged-out"
  /** Another user logged in. */
  | "other-user"
  /** None of the receiver's clients takes as long a message. */
  | "too-long-for-receiver"
  /** The server takes none as long: that was not known when it was sent. */
  | "too-long"
  /** Three links in a row were closed right after it was sent on them. */
  | "breaks-link"
  /** An earlier version kept it, and no server takes it. */
  | "invalid"
  /** Something newer than this list. */
  | "other";

/** What {@link Host.event} tells. */
export type EventName =
  | "state"
  | "logged-in"
  | "login-refused"
  | "link-lost"
  | "kicked"
  | "server-error"
  | "bad-message"
  | "heartbeat-sent"
  | "heartbeat-answered";
"#;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript object that does what the engine wants.
    ///
    /// Its methods must not throw: unwinding through the engine is not possible.
    #[wasm_bindgen(typescript_type = "Host")]
    #[derive(Debug)]
    pub type Host;

    #[wasm_bindgen(method)]
    pub(crate) fn connect(this: &Host, link: u32);

    #[wasm_bindgen(method)]
    pub(crate) fn transmit(this: &Host, link: u32, frame: &str);

    #[wasm_bindgen(method, js_name = flushSoon)]
    pub(crate) fn flush_soon(this: &Host);

    #[wasm_bindgen(method)]
    pub(crate) fn disconnect(this: &Host, link: u32);

    #[wasm_bindgen(method, js_name = requestToken)]
    pub(crate) fn request_token(this: &Host, link: u32);

    #[wasm_bindgen(method, js_name = setTimer)]
    pub(crate) fn set_timer(this: &Host, ms: i32);

    #[wasm_bindgen(method)]
    pub(crate) fn persist(this: &Host, fp: &str, body: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn remember(this: &Host, hash: &str);

    #[wasm_bindgen(method)]
    #[expect(
        clippy::too_many_arguments,
        reason = "an object would cost a call for each field"
    )]
    pub(crate) fn message(
        this: &Host,
        from: &str,
        to: &str,
        text: &str,
        fp: Option<&str>,
        qos: bool,
        typeu: i32,
        bridge: bool,
        time: f64,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn delivered(this: &Host, fp: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn lost(
        this: &Host,
        to: &str,
        text: &str,
        fp: &str,
        typeu: i32,
        reason: &str,
        code: f64,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn event(this: &Host, name: &str, number: f64, flag: bool, text: &str);
}
