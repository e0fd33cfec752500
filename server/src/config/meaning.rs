//! What the settings mean to the parts of the server, and whether they go together.

use mobileim_hub::{DevicePolicy, Quotas, Timings};

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::values::{Limit, Listen, Size};
use crate::gateway::{HttpLimits, Limits, Origins};
use crate::server::Drain;
use crate::store::StoreLimits;

impl Settings {
    /// Returns what gateways take and hold.
    pub fn limits(&self) -> Limits {
        let max = self.limits.max_connections.and_then(|limit| limit.0);
        let per_address = self.limits.max_connections_per_address.0;
        let bytes = |limit: Limit<Size>| limit.0.map_or(usize::MAX, |size| size.0);
        Limits {
            connections: max.and_then(|max| max.try_into().ok()),
            connections_per_address: per_address.and_then(|max| max.try_into().ok()),
            outgoing: bytes(self.limits.send_queue),
            outgoing_in_all: bytes(self.limits.send_queues),
            tcp_body: self.limits.max_body_tcp.0,
            websocket_body: self.limits.max_body.0,
            max_body: self.limits.max_body.0,
            http: HttpLimits {
                connections: self.limits.http_connections.0.get().into(),
                head_time: self.limits.http_head_time.0,
                time: self.limits.http_time.0,
                head: self.limits.http_head.0,
                body: self.limits.http_body.0,
                api_body: self.limits.api_body.0,
                api_rate: self.limits.api_rate.0,
                broadcast_rate: self.api.broadcast_rate.0.get().into(),
            },
            ..Limits::default()
        }
    }

    /// Returns how many devices users may have.
    pub fn devices(&self) -> DevicePolicy {
        DevicePolicy {
            sessions: self.devices.sessions.0,
            max: self.devices.max.0.get().into(),
            forget_after: self.devices.forget_after.0,
        }
    }

    /// Returns what users and addresses may use.
    pub fn quotas(&self) -> Quotas {
        let mut quotas = Quotas::default();
        quotas.messages = self.limits.message_rate.0;
        quotas.requests = self.limits.request_rate.0;
        quotas.logins = self.limits.login_rate.0;
        quotas.logins_per_address = self.limits.login_rate_per_address.0;
        quotas.logins_per_user = self.limits.login_rate_per_user.0;
        quotas.loopback = self.limits.limit_loopback.0;
        let strangers = self.limits.max_unauthenticated.0;
        quotas.strangers = strangers.map_or(usize::MAX, |max| max.try_into().unwrap_or(usize::MAX));
        quotas
    }

    /// Returns how many bytes all mailboxes hold at most.
    pub fn mailbox_memory(&self) -> usize {
        self.limits
            .mailbox_memory
            .0
            .map_or(usize::MAX, |size| size.0)
    }

    /// Returns what the store keeps at most.
    pub fn store_limits(&self) -> StoreLimits {
        let bytes = |limit: Limit<Size>| limit.0.map(|size| size.0 as u64);
        StoreLimits::default()
            .with_max_messages(self.limits.max_stored.0)
            .with_max_bytes(bytes(self.limits.max_stored_bytes))
            .with_max_bytes_in_all(bytes(self.limits.max_stored_bytes_in_all))
            // None at all is none to keep; nothing said is the usual.
            .with_min_free_disk(
                self.limits
                    .min_free_disk
                    .map(|limit| bytes(limit).unwrap_or(0)),
            )
            .with_max_age(self.limits.max_stored_age.0)
    }

    /// Returns how the server stops.
    pub fn drain(&self) -> Drain {
        Drain::default()
            .with_time(self.general.drain_time.0)
            .with_spread(self.general.drain_spread.map(|spread| spread.0))
    }

    /// Returns the origins whose pages may connect.
    pub fn origins(&self) -> Origins {
        match &self.listen.allowed_origins {
            Some(allowed) => allowed.0.clone(),
            None if self.general.dev.0 => Origins::Any,
            None => Origins::SameHost,
        }
    }

    /// Returns whether the chat page is served.
    pub fn has_chat_page(&self) -> bool {
        self.general.dev.0 || self.listen.chat_page.0
    }

    /// The API needs keys and a listener, and each of them the other.
    fn check_api(&self, place: &dyn Fn(&'static str) -> Place) -> Result<(), Mistake> {
        const KEYS: &str = "keys for the API: 'api.keys-file' names their file";
        let needs = |key, what: &str| Err(place(key).wrong(format!("needs {what}")));
        let listeners = [
            self.listen.http,
            self.listen.https,
            self.listen.api,
            self.listen.api_tls,
        ];
        let is_off = listeners.iter().all(|listen| listen.0.is_none());
        match &self.api.api_keys {
            None if self.listen.api.0.is_some() => needs("listen.api", KEYS),
            Some(_) if is_off => needs(
                "api.keys-file",
                "a listener that serves the API: 'listen.http', 'listen.https', 'listen.api' or 'listen.api-tls'",
            ),
            None if self.listen.api_tls.0.is_some() => needs("listen.api-tls", KEYS),
            _ => Ok(()),
        }
    }

    /// A page that is asked for needs a listener to come from, and another one to connect to.
    fn check_chat_page(&self, place: &dyn Fn(&'static str) -> Place) -> Result<(), Mistake> {
        let needed = [
            (
                [self.listen.http, self.listen.https],
                "a listener that serves it: 'listen.http' or 'listen.https'",
            ),
            (
                [self.listen.ws, self.listen.wss],
                "a listener that it connects to: 'listen.ws' or 'listen.wss'",
            ),
        ];
        let is_off = |listeners: &[Listen; 2]| listeners.iter().all(|listen| listen.0.is_none());
        match needed.iter().find(|(listeners, _)| is_off(listeners)) {
            Some((_, what)) if self.listen.chat_page.0 => {
                Err(place("listen.chat-page").wrong(format!("needs {what}")))
            }
            _ => Ok(()),
        }
    }

    /// No client takes longer messages than others may.
    fn check_bodies(&self, place: &dyn Fn(&'static str) -> Place) -> Result<(), Mistake> {
        if self.limits.max_body_tcp.0 <= self.limits.max_body.0 {
            return Ok(());
        }
        let text = format!(
            "is {}, which is more than 'limits.max-body', {}",
            self.limits.max_body_tcp, self.limits.max_body
        );
        Err(place("limits.max-body-tcp").wrong(text))
    }

    /// A listener for proxies needs some.
    fn check_proxies(&self, place: &dyn Fn(&'static str) -> Place) -> Result<(), Mistake> {
        if self.listen.proxy_protocol.is_none() || self.listen.trusted_proxies.is_some() {
            return Ok(());
        }
        let what = "needs to know who may send the header: 'listen.trusted-proxies'";
        Err(place("listen.proxy-protocol").wrong(what))
    }

    /// Returns the heartbeat timing of each transport.
    pub fn timings(&self) -> Result<Timings, Mistake> {
        self.timings_at(&|key| Place::named(key))
    }

    fn timings_at(&self, place: &dyn Fn(&'static str) -> Place) -> Result<Timings, Mistake> {
        let mut timings = Timings::default();
        for (transport, mode) in self.general.sense.iter() {
            timings.set(transport, mode).map_err(|error| {
                let place = place("sense");
                place.mistake(format!("'{}': {error}", place.name))
            })?;
        }
        Ok(timings)
    }

    /// Checks what no setting says alone, and returns all that is wrong; `place` says where a setting was given.
    pub(super) fn check(&self, place: impl Fn(&'static str) -> Place) -> Result<(), Vec<Mistake>> {
        let mistakes: Vec<_> = [
            self.timings_at(&place).err(),
            self.store_place_at(&place).err(),
            self.authentication_at(&place).err(),
            self.password_offer_at(&place).err(),
            self.message_questions_at(&place).err(),
            self.presence_question_at(&place).err(),
            self.certificates_at(&place).err(),
            self.check_chat_page(&place).err(),
            self.check_api(&place).err(),
            self.check_bodies(&place).err(),
            self.check_proxies(&place).err(),
            self.check_events(&place).err(),
            self.check_conversations(&place).err(),
        ]
        .into_iter()
        .flatten()
        .collect();
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }
}
