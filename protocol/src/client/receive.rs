//! What the server sends.

use super::Client;
use super::config::Mutation;
use super::output::{Event, LinkId, LinkLostReason, LostReason, Output, State};
use crate::batch;
use crate::codec::{self, DecodeError};
use crate::codes;
use crate::dedup::fingerprint_hash;
use crate::message::{Message, MessageType, SERVER};
use crate::payload::{self, ErrorResponse, Kickout, LoginResponse};
use crate::time::{Instant, micros};

impl Client {
    /// A body arrived on the link, or a frame with several of them.
    ///
    /// Whatever is not a message is reported as [`Event::BadMessage`] and otherwise ignored.
    pub fn handle_message(&mut self, now: Instant, link: LinkId, frame: &[u8]) {
        let now = self.clock.read(now);
        if self.max_batch.is_none() {
            return self.receive(now, link, frame);
        }
        for body in batch::bodies(frame) {
            self.receive(now, link, body);
        }
    }

    fn receive(&mut self, now: Instant, link: LinkId, body: &[u8]) {
        if self.link != Some(link) || !matches!(self.state, State::LoggingIn | State::Online) {
            return;
        }
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.received();
            self.schedule_keep_alive();
        }
        let message = match codec::decode(body) {
            Ok(message) => message,
            Err(error) => return self.emit(Event::BadMessage(error)),
        };
        let handled = match message.kind {
            MessageType::LoginResponse => self.receive_login_response(now, &message),
            MessageType::ErrorResponse => self.receive_error(now, &message),
            MessageType::Kickout => self.receive_kickout(&message),
            // The rest makes sense only after the login; a datagram may have overtaken its answer.
            _ if self.state != State::Online => Ok(()),
            MessageType::CommonData => {
                self.receive_data(now, link, message);
                Ok(())
            }
            MessageType::Received => {
                self.receive_acknowledgement(now, message.content.as_deref());
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
        if self.state != State::LoggingIn {
            // The answer to a LOGIN that was sent twice.
            return Ok(());
        }
        match response.code {
            codes::OK => self.go_online(now, &response),
            code @ codes::TEMPORARILY_UNAVAILABLE => {
                self.emit(Event::LoginRefused { code, retry: true });
                self.lose_link(now, LinkLostReason::RefusedForNow);
            }
            code => {
                self.close();
                self.emit(Event::LoginRefused { code, retry: false });
            }
        }
        Ok(())
    }

    fn receive_error(&mut self, now: Instant, message: &Message<'_>) -> Result<(), DecodeError> {
        let error: ErrorResponse = payload::decode(message.content.as_deref())?;
        if error.code == codes::NOT_LOGGED_IN {
            // On a datagram link it may answer something that was sent before this login.
            if self.state == State::Online {
                self.lose_link(now, LinkLostReason::NotLoggedIn);
            }
            return Ok(());
        }
        // A MobileIM server names the message that it refuses the way 301 does.
        if let Ok(refused) = codec::decode(error.message.as_bytes())
            && let Some(fp) = refused.fp.as_deref()
            && let Some(entry) = self.outbox.take(fp)
        {
            self.note_answer();
            let reason = match (error.code, error.limit) {
                (codes::TOO_LONG_FOR_RECEIVER, Some(limit)) => {
                    LostReason::TooLongForReceiver { limit }
                }
                (code, _) => LostReason::Refused(code),
            };
            self.report_lost(&entry, reason);
            self.transmit_outbox(now);
            return Ok(());
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

    fn receive_data(&mut self, now: Instant, link: LinkId, message: Message<'_>) {
        let Some(fp) = message.fingerprint_to_acknowledge() else {
            return self.emit(Event::Message(message.into_owned()));
        };
        let from = message.from.as_deref().unwrap_or(SERVER);
        let hash = fingerprint_hash(from, fp);
        let user_id = self.user_id().unwrap_or_default();
        let acknowledgement = Message::received(user_id, from, fp, message.bridge);
        let body = codec::encode(&acknowledgement);
        if self.received.insert(now, hash) || self.config.has(Mutation::ForgetReceived) {
            self.outputs.push_back(Output::Remember { hash });
            self.emit(Event::Message(message.into_owned()));
        }
        // After what makes it safe: the server forgets the message once it is acknowledged.
        self.outputs.push_back(Output::Transmit { link, body });
    }

    fn receive_acknowledgement(&mut self, now: Instant, fp: Option<&str>) {
        let round_trip = &self.round_trip;
        let taken = fp.and_then(|fp| self.outbox.acknowledge(now, fp, round_trip));
        let Some((entry, sample)) = taken else {
            return;
        };
        self.note_answer();
        if let Some(sample) = sample {
            self.round_trip.measure(sample);
        }
        self.outputs.push_back(Output::Forget {
            fp: entry.fp.clone(),
        });
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
        if let Some(sent) = self.heartbeat_sent.take() {
            let round_trip = now.since(sent);
            self.emit(Event::HeartbeatAnswered {
                round_trip_micros: micros(round_trip),
            });
        }
    }
}
