//! The engine as a JavaScript class.

use std::rc::Rc;

use mobileim_protocol::client::{Account, Client, Config, Draft, LinkId, Token};
use mobileim_protocol::{SenseMode, Transport};
use wasm_bindgen::prelude::*;

use crate::driver::Driver;
use crate::failure;
use crate::host::Host;

/// One client of the server. Everything that it wants or reports goes through its `Host`.
///
/// Any method may be called from inside any of the host's methods, but `free`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct WasmClient {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl WasmClient {
    /// A client that does nothing until `login`.
    ///
    /// The two halves of the seed must come from a source of good randomness: fingerprints are made from it.
    /// `heartbeat` names the server's sense mode by its seconds (3, 5, 10, 15, 30, 60 or 120; 15 by default); a
    /// MobileIM server tells its own at login, which then counts.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: Host,
        seed_high: u32,
        seed_low: u32,
        heartbeat: Option<u32>,
    ) -> Result<WasmClient, JsValue> {
        let seed = u64::from(seed_high) << 32 | u64::from(seed_low);
        let mut config = Config::new(Transport::WebSocket, seed);
        if let Some(seconds) = heartbeat {
            config.sense_mode = SenseMode::ALL
                .into_iter()
                .find(|mode| mode.seconds() == u64::from(seconds))
                .ok_or_else(failure::no_such_sense_mode)?;
        }
        let driver = Driver::new(host, config);
        Ok(Self { driver })
    }

    /// Begins to log in and to stay logged in. Without a token the host is asked for one at every login.
    pub fn login(
        &self,
        user_id: String,
        token: Option<String>,
        extra: Option<String>,
    ) -> Result<(), JsValue> {
        let account = Account {
            user_id,
            token: token.map_or(Token::Ask, Token::Fixed),
            extra,
        };
        self.driver
            .change(|client, now| client.login(now, account))
            .map_err(failure::login)
    }

    /// Ends the session for good. What is unacknowledged is reported lost.
    pub fn logout(&self) {
        self.driver.change(Client::logout);
    }

    /// Sends a message, now or as soon as there is a link, and gives its fingerprint.
    pub fn send(
        &self,
        to: String,
        text: String,
        typeu: i32,
        qos: bool,
        fp: Option<String>,
    ) -> Result<String, JsValue> {
        let draft = Draft {
            to,
            content: text,
            typeu,
            qos,
            fp,
        };
        self.driver
            .change(|client, now| client.send(now, draft))
            .map_err(failure::send)
    }

    /// A new fingerprint for `send`.
    #[wasm_bindgen(js_name = newFingerprint)]
    pub fn new_fingerprint(&self) -> String {
        self.driver.change(|client, _| client.new_fingerprint())
    }

    /// How many messages are unacknowledged.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> usize {
        self.driver.look(Client::pending)
    }

    /// The link is open.
    pub fn opened(&self, link: u32) {
        self.driver
            .change(|client, now| client.handle_connected(now, LinkId(link)));
    }

    /// A text frame arrived on the link.
    pub fn received(&self, link: u32, body: &str) {
        self.driver
            .change(|client, now| client.handle_message(now, LinkId(link), body.as_bytes()));
    }

    /// The link could not be opened, or is gone.
    pub fn closed(&self, link: u32) {
        self.driver
            .change(|client, now| client.handle_disconnected(now, LinkId(link)));
    }

    /// The token that `Host.requestToken` asked for.
    pub fn token(&self, link: u32, token: String) {
        self.driver
            .change(|client, now| client.handle_token(now, LinkId(link), token));
    }

    /// There is no token; the engine asks again later.
    #[wasm_bindgen(js_name = tokenFailed)]
    pub fn token_failed(&self, link: u32) {
        self.driver
            .change(|client, now| client.handle_token_failure(now, LinkId(link)));
    }

    /// The network is back, or gone.
    pub fn network(&self, available: bool) {
        self.driver
            .change(|client, now| client.handle_network(now, available));
    }

    /// The user looks at the page again.
    pub fn visible(&self) {
        self.driver.change(Client::handle_visible);
    }

    /// Takes back a message that `Host.persist` stored, after `login`, in the order they were stored.
    pub fn restore(&self, body: &str) -> Result<(), JsValue> {
        self.driver
            .change(|client, now| client.restore(now, body))
            .map_err(|error| failure::restore(&error))
    }

    /// Takes back what `Host.remember` stored: the hashes, oldest first, with white space between them.
    ///
    /// What is not such a hash is skipped.
    #[wasm_bindgen(js_name = restoreReceived)]
    pub fn restore_received(&self, hashes: &str) {
        let hashes = hashes
            .split_ascii_whitespace()
            .filter_map(|hash| u64::from_str_radix(hash, 16).ok());
        self.driver
            .change(|client, _| client.restore_received(hashes));
    }
}
