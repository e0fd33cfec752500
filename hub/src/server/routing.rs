//! From whoever says something to whom it concerns: each call to the registry, and what follows from it for others.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::mailbox::{Completion, SessionId};
use mobileim_protocol::{Instant, Message, fingerprint_hash};
use tracing::debug;

use super::ServerHandle;
use crate::deferred::Deferred;
use crate::devices::Mailboxes;
use crate::event::{Delivery, Event};
use crate::link::{CloseReason, Link, Peer};
use crate::origin::Origin;
use crate::registry::{ConnectionId, Effect, Farewell, LoggedIn, Login, Registry};
use crate::sender::Sender;
use crate::store::{Part, Waiting, Which, owner_of_log};

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
        let mailbox = Arc::clone(&login.mailbox);
        self.run(|registry, effects| {
            registry.with_user(now, &mailbox, effects, |user, turn| user.login(turn, login))
        })
    }

    /// Ends a session, if it is still that of the mailbox. Its connection is the caller's to close.
    pub(crate) fn end_session(
        &self,
        now: Instant,
        mailbox: &str,
        session: SessionId,
        reason: CloseReason,
    ) {
        self.run(|registry, effects| {
            registry.with_known_user(now, mailbox, effects, |user, turn| {
                if user.session_id() == Some(session) {
                    user.end_session(turn, reason);
                }
            });
        });
    }

    /// Ends a user's sessions, or that one of them, and tells the clients not to come back. Returns how many those were.
    pub(crate) fn kick_with(
        &self,
        now: Instant,
        user: &str,
        session: Option<SessionId>,
        code: i64,
        reason: Option<&str>,
    ) -> usize {
        let mailboxes = self.registry().directory().all_mailboxes(user);
        let kick = |mailbox: &Arc<str>| self.kick_from(now, mailbox, session, code, reason);
        mailboxes.iter().filter(|mailbox| kick(mailbox)).count()
    }

    /// Ends the session of a mailbox, if it is this one or any is meant.
    pub(super) fn kick_from(
        &self,
        now: Instant,
        mailbox: &str,
        session: Option<SessionId>,
        code: i64,
        reason: Option<&str>,
    ) -> bool {
        let kicked = self.run(|registry, effects| {
            registry.with_known_user(now, mailbox, effects, |user, turn| {
                let is_meant = session.is_none() || session == user.session_id();
                is_meant && user.kick(turn, code, reason.map(str::to_owned))
            })
        });
        kicked.unwrap_or(false)
    }

    /// The user has acknowledged a message of `sender`.
    pub(crate) fn acknowledge(
        &self,
        now: Instant,
        mailbox: &str,
        session: SessionId,
        sender: &str,
        fp: &str,
    ) {
        self.run(|registry, effects| {
            registry.with_known_user(now, mailbox, effects, |user, turn| {
                user.acknowledge(turn, session, sender, fp);
            });
        });
    }

    /// Returns whether a message for `to` came before to all mailboxes that it goes to, as far as that is remembered: it is answered
    /// then, and shown to nobody.
    pub(crate) fn is_known(&self, now: Instant, sender: &Sender, to: &str, fp: &str) -> bool {
        let hash = fingerprint_hash(&sender.user, fp);
        let is_known = |mailbox: &str| self.registry().is_known(now, mailbox, hash);
        if let Some(log) = self.log_for(&sender.user, to) {
            return is_known(&log);
        }
        let directory = self.registry().directory();
        let is_with_receiver = match directory.mailboxes(to) {
            Mailboxes::Own => is_known(to),
            Mailboxes::One(mailbox) => is_known(&mailbox),
            Mailboxes::Many(mailboxes) => mailboxes.iter().all(|mailbox| is_known(mailbox)),
        };
        let copies = || self.copies(sender, to);
        is_with_receiver && copies().iter().all(|mailbox| is_known(mailbox))
    }

    /// Returns whether the server has accepted this message of the user's before, as far as it is remembered.
    pub(crate) fn was_accepted(&self, now: Instant, sender: &Sender, fp: &str) -> bool {
        let hash = fingerprint_hash(&sender.user, fp);
        self.registry().was_accepted(now, &sender.mailbox, hash)
    }

    /// The server has accepted a message of the user's.
    pub(crate) fn remember_accepted(&self, now: Instant, sender: &Sender, fp: &str) {
        self.run(|registry, effects| {
            registry.with_user(now, &sender.mailbox, effects, |user, turn| {
                user.remember_accepted(turn, fp);
            });
        });
    }

    /// Looks at what is stored for all of a user's devices, one after the other.
    pub(crate) fn look_at_mailboxes(
        &self,
        user: &str,
        which: Which,
        part: Part,
    ) -> Deferred<Result<Waiting, String>> {
        let store = self.registry().store();
        let mut mailboxes = self.registry().directory().all_mailboxes(user);
        if let [mailbox] = &mailboxes[..] {
            return store.look(mailbox, which, part);
        }
        let looks: Vec<_> = mailboxes
            .drain(..)
            .map(|mailbox| store.look(&mailbox, which.clone(), part))
            .collect();
        Deferred::pending(async move {
            let mut all = Vec::new();
            for look in looks {
                all.push(look.wait().await?);
            }
            Ok(Waiting::merged(all, part))
        })
    }

    /// Takes away what is stored for all of a user's devices.
    pub(crate) fn purge_with(
        &self,
        now: Instant,
        user: &str,
        which: &Which,
    ) -> Deferred<Result<u64, String>> {
        let mut mailboxes = self.registry().directory().all_mailboxes(user);
        if let [mailbox] = &mailboxes[..] {
            return self.purge_mailbox(now, mailbox, which);
        }
        let purges: Vec<_> = mailboxes
            .drain(..)
            .map(|mailbox| self.purge_mailbox(now, &mailbox, which))
            .collect();
        Deferred::pending(async move {
            let mut count = 0;
            for purge in purges {
                count += purge.wait().await?;
            }
            Ok(count)
        })
    }

    pub(super) fn purge_mailbox(
        &self,
        now: Instant,
        mailbox: &str,
        which: &Which,
    ) -> Deferred<Result<u64, String>> {
        self.run(|registry, effects| {
            registry.with_user(now, mailbox, effects, |user, turn| user.purge(turn, which))
        })
    }

    /// The store's answer to a request of this mailbox.
    pub(crate) fn complete(&self, now: Instant, mailbox: &str, completion: Completion) {
        let complete = || {
            self.run(|registry, effects| {
                registry.with_known_user(now, mailbox, effects, |user, turn| {
                    user.complete(turn, completion);
                });
            });
        };
        if owner_of_log(mailbox).is_some() {
            self.in_order_of_logs(complete);
        } else {
            complete();
        }
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&self, now: Instant) {
        self.run(|registry, effects| registry.handle_timeout(now, effects));
        self.tell_presence(now);
    }

    /// Ends every session and closes every connection.
    pub(crate) fn close_all(&self, now: Instant, spread: Duration) {
        let mut farewell = Farewell::new(spread, self.fork_random());
        self.run(|registry, effects| registry.close_all(now, &mut farewell, effects));
    }

    /// The application has accepted a message to the server. Returns whether its acknowledgement waits for the journal, and
    /// comes by itself.
    pub(crate) fn accept(&self, now: Instant, sender: &Sender, message: &Message<'_>) -> bool {
        let fp = message.fingerprint_to_acknowledge();
        if let Some(fp) = fp {
            self.remember_accepted(now, sender, fp);
        }
        let keeps_text = self.registry().journal().keeps_text();
        let text = message.content.as_deref().filter(|_| keeps_text);
        let event = Event::Received {
            delivery: self.delivery_to_server(sender, message),
            qos: fp.is_some(),
            typeu: message.typeu,
            text: text.map(Arc::from),
        };
        let waits = self.registry().journal().record(&event);
        self.tell(&event);
        waits
    }

    /// A message to the server has come again that was accepted. Returns the same.
    pub(crate) fn accept_again(&self, sender: &Sender, message: &Message<'_>) -> bool {
        let repeated = Event::Repeated(self.delivery_to_server(sender, message));
        self.registry().journal().record(&repeated)
    }

    fn delivery_to_server(&self, sender: &Sender, message: &Message<'_>) -> Delivery {
        Delivery {
            from: Origin::from(Arc::clone(&sender.user)),
            to: Arc::clone(self.registry().server_id()),
            mailbox: Arc::clone(&sender.mailbox),
            fp: Arc::from(message.fp.as_deref().unwrap_or_default()),
            bridge: message.bridge,
        }
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
    pub(super) fn run<R>(&self, act: impl FnOnce(&Registry, &mut Vec<Effect>) -> R) -> R {
        let mut effects = Vec::new();
        let result = act(self.registry(), &mut effects);
        for effect in effects {
            match effect {
                Effect::Happened { event, waits } => self.settle(&event, waits),
                Effect::Copied { mailbox, hash } => {
                    self.settle_mailbox(hash, &mailbox);
                }
                Effect::Logged {
                    mailbox,
                    place,
                    message,
                } => self.spread(self.now(), &mailbox, place, message),
                Effect::Rejected {
                    mailbox,
                    receiver,
                    message,
                    why,
                } => self.reject(&mailbox, &receiver, &message, why),
            }
        }
        result
    }

    /// Something has happened that is no user's own affair.
    pub(super) fn happened(&self, event: &Event) {
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

    /// Counts an event, and tells the application.
    fn tell(&self, event: &Event) {
        self.counters().note(event);
        self.watches().note(event);
        self.note_presence(event);
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
