//! From whoever says something to whom it concerns: each call to the registry, and what follows from it for others.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{Accepted, Completion, Envelope, SessionId, StoreFailure};
use mobileim_protocol::{Instant, Message, SERVER, fingerprint_hash};
use tracing::debug;

use super::ServerHandle;
use crate::control;
use crate::deferred::Deferred;
use crate::event::{Delivery, Event, Refusal};
use crate::link::{CloseReason, Link, Peer};
use crate::origin::Origin;
use crate::registry::{ConnectionId, Effect, Farewell, LoggedIn, Login, Registry};
use crate::sent::Sent;
use crate::stats::Outcome;
use crate::store::Which;
use crate::trace::Step;

impl ServerHandle {
    /// A connection was opened. Unless it is [taken out](Self::disconnect) in time, it is closed.
    pub(crate) fn connect(&self, now: Instant, link: Arc<dyn Link>) -> ConnectionId {
        self.registry().connect(now, link)
    }

    /// A connection has logged in, or was closed before it could.
    pub(crate) fn disconnect(&self, connection: ConnectionId) {
        self.registry().disconnect(connection);
    }

    /// Answers a verified login, applies the kick rules (docs/protocol.md), and sends what waits for the user.
    pub(crate) fn login(&self, now: Instant, login: Login) -> LoggedIn {
        let id = Arc::clone(&login.user);
        self.run(|registry, effects| {
            registry.with_user(now, &id, effects, |user, turn| user.login(turn, login))
        })
    }

    /// Ends a session, if it is still the user's. Its connection is the caller's to close.
    pub(crate) fn end_session(
        &self,
        now: Instant,
        user: &str,
        session: SessionId,
        reason: CloseReason,
    ) {
        self.run(|registry, effects| {
            registry.with_known_user(now, user, effects, |user, turn| {
                if user.session_id() == Some(session) {
                    user.end_session(turn, reason);
                }
            });
        });
    }

    /// Ends a user's session, if it is this one or any is meant, and tells the client not to come back. Returns whether there was such a one.
    pub(crate) fn kick_with(
        &self,
        now: Instant,
        user: &str,
        session: Option<SessionId>,
        code: i64,
        reason: Option<String>,
    ) -> bool {
        let kicked = self.run(|registry, effects| {
            registry.with_known_user(now, user, effects, |user, turn| {
                let is_meant = session.is_none() || session == user.session_id();
                is_meant && user.kick(turn, code, reason)
            })
        });
        kicked.unwrap_or(false)
    }

    /// Takes a message of `from` for `to`: to its session, its mailbox or the store.
    ///
    /// `message` carries both already. Its sender is told nothing yet.
    pub(crate) fn deliver(
        &self,
        now: Instant,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
    ) -> Sent {
        self.deliver_envelope(now, from, to, message, envelope(from, message))
    }

    /// The same with the envelope, if the message has QoS.
    fn deliver_envelope(
        &self,
        now: Instant,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        envelope: Option<Envelope>,
    ) -> Sent {
        let Some(envelope) = envelope else {
            let sent = self.deliver_unreliably(from, to, control::body(message));
            let what = match sent {
                Sent::OnItsWay => "sent",
                Sent::TooLong { .. } => "dropped: too long",
                _ => "dropped: offline",
            };
            self.registry().trace().log(message, what);
            return sent;
        };
        let on_behalf = envelope.on_behalf;
        let accepted = self.run(|registry, effects| {
            registry.with_user(now, to, effects, |user, turn| user.deliver(turn, envelope))
        });
        self.note_accepted(from, to, message, on_behalf, accepted)
    }

    /// Does not take a message of `from` for `to` before this time has passed. Returns whether the sender is to be told: not
    /// if it has been, or if there is no need to send it again.
    pub(crate) fn put_off(
        &self,
        now: Instant,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        wait: Duration,
    ) -> bool {
        let Some(envelope) = envelope(from, message) else {
            return false;
        };
        let accepted = self.run(|registry, effects| {
            registry.with_user(now, to, effects, |user, turn| {
                user.put_off(turn, envelope, wait)
            })
        });
        if let Some(accepted) = accepted {
            self.note_accepted(from, to, message, false, accepted);
        }
        accepted.is_none()
    }

    /// Counts what a mailbox said, and tells whom it concerns.
    fn note_accepted(
        &self,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        on_behalf: bool,
        accepted: Accepted,
    ) -> Sent {
        let trace = self.registry().trace();
        match accepted {
            Accepted::Repeated => {
                trace.log(message, Step::SeenBefore);
                self.counters().message_from(from, Outcome::Repeated);
                Sent::Repeated
            }
            Accepted::Overloaded => {
                trace.log(message, Step::NotTaken);
                self.counters().message_from(from, Outcome::Overloaded);
                Sent::NoRoom
            }
            Accepted::TooLong { limit } => {
                self.refuse_as_too_long(from, to, message, on_behalf, limit);
                Sent::TooLong { limit }
            }
            _ => {
                trace.log(message, "taken");
                Sent::OnItsWay
            }
        }
    }

    /// Takes a message of the application's, as the server or in the name of a user. Its length is nobody else's care.
    pub(crate) fn deliver_from_application(
        &self,
        now: Instant,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        expires_at: Option<Instant>,
    ) -> Sent {
        let on_behalf = **from != *SERVER;
        let envelope = envelope(from, message).map(|envelope| Envelope {
            expires_at,
            on_behalf,
            ..envelope
        });
        self.registry().trace().log(message, Step::Received);
        let limit = self.registry().config().max_body;
        let length = match &envelope {
            Some(envelope) => envelope.body.len(),
            None => control::body(message).len(),
        };
        if length > limit {
            if envelope.is_some() {
                self.refuse_as_too_long(from, to, message, on_behalf, limit);
            } else {
                self.counters().message_from(from, Outcome::Dropped);
            }
            return Sent::TooLong { limit };
        }
        self.deliver_envelope(now, from, to, message, envelope)
    }

    /// Sends a message without QoS on the receiver's session, if it takes it.
    fn deliver_unreliably(&self, from: &str, to: &str, body: Bytes) -> Sent {
        let sent = self
            .registry()
            .look_at(to, |user| user.transmit_unreliably(body))
            .unwrap_or(Sent::Offline);
        let outcome = if sent == Sent::OnItsWay {
            Outcome::Sent
        } else {
            Outcome::Dropped
        };
        self.counters().message_from(from, outcome);
        sent
    }

    /// The user has acknowledged a message of `sender`.
    pub(crate) fn acknowledge(
        &self,
        now: Instant,
        user: &str,
        session: SessionId,
        sender: &str,
        fp: &str,
    ) {
        self.run(|registry, effects| {
            registry.with_known_user(now, user, effects, |user, turn| {
                user.acknowledge(turn, session, sender, fp);
            });
        });
    }

    /// Returns whether a message of `from` for `to` came before, as far as that is remembered: it is answered then, and shown to
    /// nobody.
    pub(crate) fn is_known(&self, now: Instant, from: &str, to: &str, fp: &str) -> bool {
        self.registry()
            .is_known(now, to, fingerprint_hash(from, fp))
    }

    /// Returns whether the server has accepted this message of the user's before, as far as it is remembered.
    pub(crate) fn was_accepted(&self, now: Instant, user: &str, fp: &str) -> bool {
        self.registry()
            .was_accepted(now, user, fingerprint_hash(user, fp))
    }

    /// The server has accepted a message of the user's.
    pub(crate) fn remember_accepted(&self, now: Instant, user: &str, fp: &str) {
        self.run(|registry, effects| {
            registry.with_user(now, user, effects, |user, turn| {
                user.remember_accepted(turn, fp);
            });
        });
    }

    /// Takes away what is stored for a user.
    pub(crate) fn purge_with(
        &self,
        now: Instant,
        user: &str,
        which: &Which,
    ) -> Deferred<Result<u64, String>> {
        self.run(|registry, effects| {
            registry.with_user(now, user, effects, |user, turn| user.purge(turn, which))
        })
    }

    /// The store's answer to a request of this user's mailbox.
    pub(crate) fn complete(&self, now: Instant, user: &str, completion: Completion) {
        self.run(|registry, effects| {
            registry.with_known_user(now, user, effects, |user, turn| {
                user.complete(turn, completion);
            });
        });
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&self, now: Instant) {
        self.run(|registry, effects| registry.handle_timeout(now, effects));
    }

    /// Ends every session and closes every connection.
    pub(crate) fn close_all(&self, now: Instant, spread: Duration) {
        let mut farewell = Farewell::new(spread, self.fork_random());
        self.run(|registry, effects| registry.close_all(now, &mut farewell, effects));
    }

    fn refuse_as_too_long(
        &self,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        on_behalf: bool,
        limit: usize,
    ) {
        if !on_behalf {
            self.registry().look_at(from, |sender| {
                sender.refuse_as_too_long(message, limit);
            });
        }
        let delivery = Delivery {
            from: Origin::of(Arc::clone(from), on_behalf),
            ..delivery(from, to.into(), message)
        };
        self.happened(&Event::Refused {
            delivery,
            why: Refusal::TooLong { limit },
        });
    }

    /// The application does not want a message with QoS of `from`.
    pub(crate) fn refuse_by_application(
        &self,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        code: i64,
    ) {
        self.happened(&Event::Refused {
            delivery: delivery(from, to.into(), message),
            why: Refusal::ByApplication { code },
        });
    }

    /// The application has accepted a message to the server. Returns whether its acknowledgement waits for the journal, and
    /// comes by itself.
    pub(crate) fn accept(&self, now: Instant, from: &Arc<str>, message: &Message<'_>) -> bool {
        let fp = message.fingerprint_to_acknowledge();
        if let Some(fp) = fp {
            self.remember_accepted(now, from, fp);
        }
        let keeps_text = self.registry().journal().keeps_text();
        let text = message.content.as_deref().filter(|_| keeps_text);
        let to = Arc::clone(self.registry().server_id());
        let event = Event::Received {
            delivery: delivery(from, to, message),
            qos: fp.is_some(),
            typeu: message.typeu,
            text: text.map(Arc::from),
        };
        let waits = self.registry().journal().record(&event);
        self.tell(&event);
        waits
    }

    /// A message to the server has come again that was accepted. Returns the same.
    pub(crate) fn accept_again(&self, from: &Arc<str>, message: &Message<'_>) -> bool {
        let to = Arc::clone(self.registry().server_id());
        let repeated = Event::Repeated(delivery(from, to, message));
        self.registry().journal().record(&repeated)
    }

    /// A login was refused.
    pub(crate) fn login_refused(&self, user: &str, peer: Peer, code: i64) {
        self.happened(&Event::LoginRefused {
            user: user.into(),
            peer,
            code,
        });
    }

    /// Calls the registry, and then does what follows from it for others, with no lock held.
    fn run<R>(&self, act: impl FnOnce(&Registry, &mut Vec<Effect>) -> R) -> R {
        let mut effects = Vec::new();
        let result = act(self.registry(), &mut effects);
        for effect in effects {
            match effect {
                Effect::Happened { event, waits } => self.settle(&event, waits),
                Effect::Rejected {
                    receiver,
                    message,
                    why,
                } => self.reject(&receiver, &message, why),
            }
        }
        result
    }

    /// Something has happened that is no user's own affair.
    fn happened(&self, event: &Event) {
        let waits = self.registry().journal().record(event);
        self.settle(event, waits);
    }

    /// Does what follows from what has happened, as far as it does not wait for the journal.
    fn settle(&self, event: &Event, waits: bool) {
        if !waits {
            self.acknowledge_sender(event);
        }
        self.tell(event);
    }

    /// Tells a user that a message is delivered, stored or accepted.
    pub(crate) fn acknowledge_sender(&self, event: &Event) {
        if let Event::Delivered(delivery)
        | Event::Stored(delivery)
        | Event::Repeated(delivery)
        | Event::Received {
            delivery,
            qos: true,
            ..
        } = event
            && let Origin::User(sender) = &delivery.from
        {
            let Delivery { to, fp, bridge, .. } = delivery;
            let body = control::acknowledgement(to, sender, fp, *bridge);
            self.registry()
                .look_at(sender, |sender| sender.transmit(body));
        }
    }

    /// A message that was on its way is neither delivered nor stored.
    fn reject(&self, receiver: &Arc<str>, message: &Envelope, why: StoreFailure) {
        let why = match why {
            StoreFailure::QuotaExceeded => {
                if !message.on_behalf {
                    self.registry().look_at(&message.from, |sender| {
                        sender.refuse_for_full_mailbox(message);
                    });
                }
                Refusal::MailboxFull
            }
            StoreFailure::NoStore => Refusal::NoStore,
            _ => Refusal::Unavailable,
        };
        self.happened(&Event::Refused {
            delivery: Delivery::of(message, receiver),
            why,
        });
    }

    /// Counts an event, and tells the application.
    fn tell(&self, event: &Event) {
        self.counters().note(event);
        self.watches().note(event);
        self.registry().trace().event(|| self.now(), event);
        if let Event::Offline {
            user, reason, peer, ..
        } = event
            && peer.transport.is_datagram()
        {
            // What only the end of a connection says elsewhere.
            let (transport, peer) = (peer.transport, peer.address.map(tracing::field::display));
            debug!(%transport, peer, user = &**user, %reason, "session ends");
        }
        // A fault there must not keep others from what is to be done for them.
        let tell = AssertUnwindSafe(|| self.hooks().event(self, event));
        if panic::catch_unwind(tell).is_err() {
            self.counters().panics.count();
        }
    }
}

/// A message that is to be acknowledged, as a mailbox takes it; `None` without QoS.
fn envelope(from: &Arc<str>, message: &Message<'_>) -> Option<Envelope> {
    let fp = message.fingerprint_to_acknowledge()?;
    Some(Envelope {
        from: Arc::clone(from),
        fp: Arc::from(fp),
        bridge: message.bridge,
        body: control::body(message),
        expires_at: None,
        on_behalf: false,
    })
}

fn delivery(from: &Arc<str>, to: Arc<str>, message: &Message<'_>) -> Delivery {
    Delivery {
        from: Origin::from(Arc::clone(from)),
        to,
        fp: Arc::from(message.fp.as_deref().unwrap_or_default()),
        bridge: message.bridge,
    }
}
