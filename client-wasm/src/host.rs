//! What JavaScript does for the engine.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the engine asks of its host. A link is one attempt to reach the server; later numbers are greater. */
export interface Host {
  /** Opens the link; then `opened` or `closed` is to be called. */
  connect(link: number): void;
  /** Sends a text frame on the link. */
  transmit(link: number, body: string): void;
  /** Sends what is still to be sent on the link, then closes it. */
  disconnect(link: number): void;
  /** Gets a token for the login on the link; then `token` or `tokenFailed` is to be called. */
  requestToken(link: number): void;
  /** Stores an unacknowledged message, for `restore` after a crash. */
  persist(fp: string, body: string): void;
  /** Removes a message from storage. */
  forget(fp: string): void;
  /** Stores the hash of a received message, for `restoreReceived` after a crash. */
  remember(hash: string): void;
  /** Takes what happened. */
  event(event: EngineEvent): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript object that does what the engine wants.
    ///
    /// Its methods should not throw; what they throw is dropped here, as unwinding through the engine is not possible.
    #[wasm_bindgen(typescript_type = "Host")]
    #[derive(Debug)]
    pub type Host;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn connect(this: &Host, link: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn transmit(this: &Host, link: u32, body: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn disconnect(this: &Host, link: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = requestToken)]
    pub(crate) fn request_token(this: &Host, link: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn persist(this: &Host, fp: &str, body: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn forget(this: &Host, fp: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn remember(this: &Host, hash: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn event(this: &Host, event: &JsValue) -> Result<(), JsValue>;
}
