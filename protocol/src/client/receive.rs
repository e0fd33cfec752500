//! What the server sends.

use super::Client;
use super::config::Mutation;
use super::held::Received;
use super::output::{Event, LinkId, LinkLostReason, LostReason, Output, State};
use super::retry_after;
use super::standing::{Stage, Standing};
use crate::batch;
use crate::codec::{self, DecodeError};
use crate::codes;
use crate::dedup::fingerprint_hash;
use crate::message::{Message, MessageType, SERVER};
use crate::payload::{self, ErrorResponse, Kickout, LoginResponse};
use crate::time::Instant;

impl Client {
    /// A body arrived on the link, or a frame with several of them.
    ///
    /// Whatever is not a message is reported as [`Event::BadMessage`] and otherwise ignored.
    pub fn handle_message(&mut self, now: Instant, link: LinkId, frame: &[u8]) {
        let now = self.clock.read(now);
        if self.max_batch().is_none() {
            return self.receive(now, link, frame.len(), codec::decode(frame));
        }
        for body in batch::bodies(frame) {
            self.receive(now, link, body.len(), codec::decode(body));
        }
    }

    /// The same, from a link that brings text and no other bytes.
    pub fn handle_text(&mut self, now: Instant, link: LinkId, frame: &str) {
        let now = self.clock.read(now);
        if self.max_batch().is_none() {
            return self.receive(now, link, frame.len(), codec::decode_text(frame));
        }
        for body in batch::text_bodies(frame) {
            self.receive(now, link, body.len(), codec::decode_text(body));
        }
    }

    fn receive(
        &mut self,
        now: Instant,
        link: LinkId,
        len: usize,
        decoded: Result<Message<'_>, DecodeError>,
    ) {
        let is_online = match self.standing.link_mut(link).map(|link| &mut link.stage) {
            Some(Stage::LoggingIn { .. }) => false,
            Some(Stage::Online(session)) => {
                session.keep_alive.received();
                self.schedule_keep_alive();
                true
            }
            None | Some(Stage::Unopened | Stage::Opening) => return,
        };
        let message = match decoded {
            Ok(message) => message,
            Err(error) => return self.emit(Event::BadMessage(error)),
        };
        let handled = match message.kind {
            MessageType::LoginResponse => self.receive_login_response(now, &message),
            MessageType::ErrorResponse => self.receive_error(now, &message),
            MessageType::Kickout => self.receive_kickout(&message),
            // The rest makes sense only after the login; a datagram may have overtaken its answer.
            _ if !is_online => Ok(()),
            MessageType::CommonData => {
                self.receive_data(link, message, len);
                Ok(())
            }
            MessageType::Received => {
                self.receive_acknowledgement(now, message.content.as_deref());
                Ok(())
            }
            MessageType::Answer => {
                self.receive_answer(now, &message);
                Ok(())
            }
            MessageType::Signalled => {
                let signal = message.content.unwrap_or_default().into_owned();
                self.emit(Event::Signalled { signal });
                Ok(())
            }
            MessageType::KeepAliveResponse => {
                self.note_answer();
                self.receive_heartbeat_answer(now, link, &message);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = handled {
            self.emit(Event::BadMessage(error));
        }
    }

    fn receive_login_response(
        &mut self,
        now: Instant,
        message: &Message<'_>,
    ) -> Result<(), DecodeError> {
        let response: LoginResponse = payload::decode(message.content.as_deref())?;
        let is_refresh = self.is_refreshing();
        if self.state() != State::LoggingIn && !is_refresh {
            // The answer to a LOGIN that was sent twice.
            return Ok(());
        }
        match response.code {
            codes::OK if is_refresh => self.refreshed(now, &response),
            codes::OK => self.go_online(now, &response),
            code @ codes::TEMPORARILY_UNAVAILABLE => {
                self.emit(Event::LoginRefused { code, retry: true });
                self.leave_for_now(now, LinkLostReason::RefusedForNow, response.retry_after);
            }
            code => {
                self.close();
                self.emit(Event::LoginRefused { code, retry: false });
            }
        }
        Ok(())
    }

    fn receive_error(&mut self, now: Instant, message: &Message<'_>) -> Result<(), DecodeError> {
        let mut error: ErrorResponse = payload::decode(message.content.as_deref())?;
        if error.code == codes::NOT_LOGGED_IN {
            // On a datagram link it may answer something that was sent before this login.
            if self.state() == State::Online {
                self.lose_link(now, LinkLostReason::NotLoggedIn);
            }
            return Ok(());
        }
        if error.code == codes::SESSION_ENDS {
            self.leave_for_now(now, LinkLostReason::SessionEnded, error.retry_after);
            return Ok(());
        }
        // A MobileIM server names the message that it refuses the way 301 does.
        let is_for_now = error.code == codes::TOO_MANY_MESSAGES;
        if let Ok(refused) = codec::decode_text(&error.message)
            && let Some(fp) = refused.fp.as_deref()
            && (self.outbox.contains(fp) || is_for_now && self.questions.has(fp))
        {
            self.note_answer();
            if is_for_now {
                let until = now + retry_after::before_sending(error.retry_after);
                self.outbox.hold(fp, until);
                self.hold_questions(now, fp, until);
                self.transmit_outbox(now);
                return Ok(());
            }
            let Some(entry) = self.outbox.take(fp) else {
                return Ok(());
            };
            let reason = match (error.code, error.limit) {
                (codes::TOO_LONG_FOR_RECEIVER, Some(limit)) => {
                    LostReason::TooLongForReceiver { limit }
                }
                (code, _) => LostReason::Refused(code),
            };
            self.report_lost(&entry, reason);
            self.transmit_outbox(now);
            let Some(why) = error.reason else {
                return Ok(());
            };
            error.message = why;
        }
        self.emit(Event::ServerError {
            code: error.code,
            message: error.message,
        });
        Ok(())
    }

    fn receive_kickout(&mut self, message: &Message<'_>) -> Result<(), DecodeError> {
        let kickout: Kickout = payload::decode(message.content.as_deref())?;
        self.close();
        self.emit(Event::KickedOut {
            code: kickout.code,
            reason: kickout.reason,
        });
        Ok(())
    }

    fn receive_data(&mut self, link: LinkId, message: Message<'_>, len: usize) {
        let hash = message
            .fingerprint_to_acknowledge()
            .map(|fp| fingerprint_hash(sender(&message), fp));
        self.outputs.receive(Received {
            message: message.into_owned(),
            hash,
            link,
            len,
        });
    }

    /// Shows a message that arrived, for the first time only, and acknowledges it; or holds it, while nobody listens.
    pub(super) fn decide(&mut self, received: Received) {
        let Received { message, hash, .. } = &received;
        let (Some(hash), Some(fp)) = (*hash, message.fingerprint_to_acknowledge()) else {
            if self.held.listening {
                let event = Event::Message {
                    message: received.message,
                    hash: None,
                };
                self.outputs.push_front(Output::Event(event));
            } else {
                self.held.push(received);
            }
            return;
        };
        let is_known = self.received.contains(hash) && !self.config.has(Mutation::ForgetReceived);
        if !is_known && !self.held.listening {
            return self.held.push(received);
        }
        // After what makes it safe: the server forgets the message once it is acknowledged. What arrived on another link
        // comes again on this one, and the server would not know yet what is acknowledged.
        let link = received.link;
        if let Some((current, _)) = self.standing.online()
            && current.id == link
        {
            let user_id = self.user_id().unwrap_or_default();
            let acknowledgement = Message::received(user_id, sender(message), fp, message.bridge);
            let body = codec::encode(&acknowledgement);
            self.outputs.push_front(Output::Transmit { link, body });
        }
        if !is_known {
            self.received.insert(self.clock.last(), hash);
            let event = Event::Message {
                message: received.message,
                hash: Some(hash),
            };
            self.outputs.push_front(Output::Event(event));
        }
    }

    /// What came after the messages that were held was dropped, and must not be shown before it is sent again in order:
    /// the server begins anew over another link.
    pub(super) fn make_up_for_overflow(&mut self) {
        if !self.held.listening {
            self.held.set_overflow();
        } else if self.state() == State::Online {
            self.lose_link(self.clock.last(), LinkLostReason::Overflow);
        }
    }

    fn receive_acknowledgement(&mut self, now: Instant, fp: Option<&str>) {
        let (Standing::Linked(link), Some(fp)) = (&mut self.standing, fp) else {
            return;
        };
        let taken = self.outbox.acknowledge(now, fp, &link.round_trip);
        let Some((entry, sample)) = taken else {
            return;
        };
        if let Some(sample) = sample {
            link.round_trip.measure(sample);
        }
        self.note_answer();
        self.emit(Event::Delivered { fp: entry.fp });
        self.transmit_outbox(now);
    }

    /// One with QoS answers no heartbeat: on UDP it asks for a proof that this address receives, which is to acknowledge
    /// it (docs/protocol.md, "UDP: what an address is sent").
    fn receive_heartbeat_answer(&mut self, now: Instant, link: LinkId, message: &Message<'_>) {
        if let Some(fp) = message.fingerprint_to_acknowledge() {
            let user_id = self.user_id().unwrap_or_default();
            let acknowledgement = Message::received(user_id, SERVER, fp, message.bridge);
            let body = codec::encode(&acknowledgement);
            self.outputs.push_back(Output::Transmit { link, body });
            return;
        }
        let session = self.standing.session_mut();
        if let Some(sent) = session.and_then(|(_, session)| session.heartbeat_sent.take()) {
            self.emit(Event::HeartbeatAnswered {
                round_trip_micros: now.span_since(sent).as_micros(),
            });
        }
    }
}

fn sender<'a>(message: &'a Message<'_>) -> &'a str {
    message.from.as_deref().unwrap_or(SERVER)
}
