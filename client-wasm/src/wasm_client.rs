//! The engine as a JavaScript class.

use alloc::string::String;

use mobileim_protocol::client::{Account, Client, Config, Draft, LinkId, Token};
use mobileim_protocol::{Device, SenseMode, Transport};
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
    driver: Driver,
}

#[wasm_bindgen]
impl WasmClient {
    /// A client that does nothing until `login`.
    ///
    /// A host that does not keep what it is told to store is not told. The two halves of the seed must come from a source
    /// of good randomness: fingerprints are made from it. `heartbeat` names the server's sense mode by its seconds (3, 5,
    /// 10, 15, 30, 60 or 120; anything else stands for 15); a MobileIM server tells its own at login, which then counts. Of
    /// several addresses `Host.connect` is told which, from 0. `device` and `platform` are what logins name, 64 bytes each at most; a
    /// platform without a device is not told.
    #[wasm_bindgen(constructor)]
    #[expect(
        clippy::too_many_arguments,
        reason = "an object would cost a call for each field"
    )]
    pub fn new(
        host: Host,
        keeps: bool,
        seed_high: u32,
        seed_low: u32,
        heartbeat: u32,
        addresses: usize,
        device: Option<String>,
        platform: Option<String>,
    ) -> WasmClient {
        let seed = u64::from(seed_high) << 32 | u64::from(seed_low);
        let mut config = Config::new(Transport::WebSocket, seed);
        config.addresses = addresses;
        config.device = device.map(|id| Device { id, platform });
        let mode = |mode: &SenseMode| mode.seconds() == u64::from(heartbeat);
        if let Some(mode) = SenseMode::ALL.into_iter().find(mode) {
            config.sense_mode = mode;
        }
        let driver = Driver::new(host, keeps, config);
        Self { driver }
    }

    /// Begins to log in and to stay logged in. Without a token the host is asked for one at every login.
    ///
    /// `first_login_time` is 0, or that of a login which this one goes on: then the server replaces the other's link
    /// without a word. Returns a {@link Failure}.
    pub fn login(
        &self,
        user_id: String,
        token: Option<String>,
        extra: Option<String>,
        first_login_time: f64,
    ) -> u32 {
        let account = Account {
            user_id,
            token: token.map_or(Token::Ask, Token::Fixed),
            extra,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast from float saturates"
        )]
        let first_login_time = first_login_time as i64;
        failure::login(
            self.driver
                .change(|client, now| client.resume(now, account, first_login_time)),
        )
    }

    /// Ends the session for good. What is unacknowledged is reported lost.
    pub fn logout(&self) {
        self.driver.change(Client::logout);
    }

    /// Sends a message, now or as soon as there is a link. What it refers to is JSON, as the wire has it. Returns a {@link Failure}.
    pub fn send(
        &self,
        to: String,
        text: String,
        typeu: i32,
        qos: bool,
        fp: String,
        refs: Option<String>,
    ) -> u32 {
        let draft = Draft {
            to,
            content: text,
            typeu,
            qos,
            fp: Some(fp),
            refs,
        };
        failure::send(self.driver.send(draft))
    }

    /// Asks the server, by an id of the caller's: a fingerprint. `Host.answered` tells what comes of it, if it is taken. Returns a
    /// {@link Failure}.
    pub fn ask(&self, id: String, question: &str) -> u32 {
        let asked = self
            .driver
            .change(|client, now| client.ask(now, Some(id), question));
        failure::ask(asked.map(drop))
    }

    /// Tells others what is so at this moment, if it can be told now: JSON, as the wire has it.
    pub fn signal(&self, signal: &str) {
        self.driver.change(|client, now| client.signal(now, signal));
    }

    /// Has `Host.fingerprints` given new ones for `send`.
    #[wasm_bindgen(js_name = newFingerprints)]
    pub fn new_fingerprints(&self) {
        self.driver.new_fingerprints();
    }

    /// How many messages are unacknowledged.
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
            .change(|client, now| client.handle_text(now, LinkId(link), body));
    }

    /// Sends what waits to be sent together: what `Host.flushSoon` asked for, or nothing.
    pub fn flush(&self) {
        self.driver.flush();
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

    /// The time given to `Host.setTimer` is over.
    pub fn timeout(&self) {
        self.driver.timeout();
    }

    /// The network is back, or gone.
    pub fn network(&self, available: bool) {
        self.driver
            .change(|client, now| client.handle_network(now, available));
    }

    /// The user looks at the page again, or does not any more.
    pub fn visible(&self, visible: bool) {
        self.driver
            .change(|client, now| client.handle_visible(now, visible));
    }

    /// Whether anybody hears of messages; nobody does until this says so. Meanwhile they are held unacknowledged.
    pub fn listening(&self, listening: bool) {
        self.driver
            .change(|client, now| client.handle_listening(now, listening));
    }

    /// Takes back a message that `Host.persist` stored, after `login`, in the order they were stored. Returns a
    /// {@link Failure}.
    pub fn restore(&self, body: &str) -> u32 {
        match self.driver.change(|client, now| client.restore(now, body)) {
            Ok(()) => failure::NONE,
            Err(_) => failure::NOT_RESTORABLE,
        }
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
