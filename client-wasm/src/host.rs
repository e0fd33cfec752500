//! What JavaScript does for the engine.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the engine wants. Everything for a link that is not the last one given to `connect` is to be ignored. */
export interface Host {
  /** Opens a link to the server; then `opened`, `received` and `closed` are to be called with its number. */
  connect(link: number, address: number): void;
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
  /**
   * Takes the new fingerprints that `newFingerprints` asked for, of 36 characters each, one after the other. A text that
   * a call returns would need glue of its own.
   */
  fingerprints(all: string): void;
  /**
   * A message arrived, for the first time. `time` is the server's, in ms since 1970, and `seq` the message's number in its
   * conversation; 0 where it told none. `refs` is what it refers to, if it says so: JSON, as the wire has it.
   */
  message(from: string, to: string, text: string, fp: string | undefined, qos: boolean, typeu: number,
    bridge: boolean, time: number, seq: number, refs: string | undefined): void;
  /** A message is at its receiver, or safe on the server's disk: it is to be removed from storage. */
  delivered(fp: string): void;
  /**
   * A message is given up, and to be removed from storage, for this reason:
   *
   * | reason | why | number |
   * | --- | --- | --- |
   * | 0 | no acknowledgement came | |
   * | 1 | the server refused it | the server's code |
   * | 2 | the user logged out | |
   * | 3 | another user logged in | |
   * | 4 | none of the receiver's clients takes as long a message | the limit in bytes |
   * | 5 | the server takes none as long | the limit in bytes |
   * | 6 | links were closed when it was sent | |
   * | 7 | an earlier version kept it, and no server takes it | |
   * | 8 | something newer than this list | |
   */
  lost(to: string, text: string, fp: string, typeu: number, reason: number, number: number,
    refs: string | undefined): void;
  /**
   * A question is answered, or will not be:
   *
   * | why | | text |
   * | --- | --- | --- |
   * | 0 | it is answered, or the server refuses it | what the server says: JSON |
   * | 1 | the server answers no questions | |
   * | 2 | there was no answer in time | |
   * | 3 | the session has ended | |
   * | 4 | something newer than this list | |
   */
  answered(id: string, text: string, why: number): void;
  /**
   * Something else happened. What the other arguments mean:
   *
   * | kind | what happened | number | flag | text |
   * | --- | --- | --- | --- | --- |
   * | 0 | the client's state is another one | 0 offline, 1 connecting, 2 logging in, 3 online, 4 waiting, 5 closed | | |
   * | 1 | logged in | `firstLoginTime`, ms since 1970 | whether it goes an earlier login on | the server's name and version, where it tells them |
   * | 2 | the login was refused | the server's code | whether the engine tries again by itself | |
   * | 3 | the link is gone | 0 disconnected, 1 never opened, 2 not opened in time, 3 login not answered in time, 4 no token, 5 silent, 6 not logged in any more, 7 refused for now, 8 more than is kept came, 9 something newer | | |
   * | 4 | kicked out | the server's code | whether there is a text | the administrator's words |
   * | 5 | the server complains | the server's code | | in words |
   * | 6 | a message cannot be read | at which byte | whether it is JSON at all | what is wrong there |
   * | 7 | a heartbeat was sent | | | |
   * | 8 | a heartbeat was answered | after so many ms | | |
   * | 9 | this device was away for too long | from when on messages were not kept for it, ms since 1970 | | |
   * | 10 | something passes | | | what the server says of it: JSON |
   */
  event(kind: number, number: number, flag: boolean, text: string): void;
}
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
    pub(crate) fn connect(this: &Host, link: u32, address: usize);

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
    pub(crate) fn fingerprints(this: &Host, all: &str);

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
        seq: f64,
        refs: Option<&str>,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn delivered(this: &Host, fp: &str);

    #[wasm_bindgen(method)]
    #[expect(
        clippy::too_many_arguments,
        reason = "an object would cost a call for each field"
    )]
    pub(crate) fn lost(
        this: &Host,
        to: &str,
        text: &str,
        fp: &str,
        typeu: i32,
        reason: u32,
        number: f64,
        refs: Option<&str>,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn answered(this: &Host, id: &str, text: &str, why: u32);

    #[wasm_bindgen(method)]
    pub(crate) fn event(this: &Host, kind: u32, number: f64, flag: bool, text: &str);
}
