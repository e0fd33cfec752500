//! What a client receives, and whether anybody hears of it.

use mobileim_protocol::client::State;
use mobileim_protocol::{Message, MessageType, encode};

use super::super::input::Input;
use super::{USERS, World};

impl World {
    /// The application begins to hear of messages, or ends. What was held is shown in the order it came.
    pub(super) fn listen(&mut self, listening: bool) {
        self.model.listening = listening;
        let held = if listening {
            std::mem::take(&mut self.model.held)
        } else {
            Vec::new()
        };
        self.call(|client, now| client.handle_listening(now, listening));
        let link = self.client.link();
        let online = self.client.state() == State::Online;
        let is_acknowledged = |fp: &Option<String>, on| fp.is_some() && online && link == Some(on);
        let acknowledged = held.iter().filter(|(_, fp, on)| is_acknowledged(fp, *on));
        assert_eq!(self.model.acknowledged_now.len(), acknowledged.count());
        let held: Vec<_> = held.into_iter().map(|(from, fp, _)| (from, fp)).collect();
        assert_eq!(self.model.shown_now, held);
    }

    pub(super) fn server_sends_data(&mut self, input: &mut Input<'_>) {
        let from = input.one_of(&USERS);
        let fp = input.number(15).to_string();
        let message = Message::new(MessageType::CommonData, from, "alice").with_content("hello");
        let qos = input.number(7) != 0;
        let message = if qos {
            message.with_qos(fp.clone())
        } else {
            message
        };
        let body = encode(&message);
        let fp = qos.then_some(fp);
        let known = fp.as_ref().is_some_and(|fp| self.model.is_shown(from, fp));
        let link = self.client.link();
        let online = self.client.state() == State::Online;
        let mut current = false;
        self.on_link(input, |client, now, of| {
            current = link == Some(of);
            client.handle_message(now, of, body.as_bytes());
        });
        let takes = online && current;
        let listening = self.model.listening;
        assert_eq!(
            self.model.shown_now.len(),
            usize::from(takes && listening && !known)
        );
        assert_eq!(
            self.model.acknowledged_now.len(),
            usize::from(takes && qos && (listening || known)),
            "what asks for it is acknowledged each time it comes, once it was shown"
        );
        if takes && !listening && !known {
            self.model
                .hold_received(from, fp, link.expect("it came on a link"));
        }
    }

    /// Several messages in one frame: as if they came one by one, if that was agreed, else no message at all.
    pub(super) fn server_sends_batch(&mut self, input: &mut Input<'_>) {
        let from = input.one_of(&USERS);
        let count = 2 + usize::try_from(input.number(3)).unwrap_or(0);
        let fps: Vec<_> = (0..count).map(|_| input.number(15).to_string()).collect();
        let bodies = fps.iter().map(|fp| {
            let message =
                Message::new(MessageType::CommonData, from, "alice").with_content("hello");
            encode(&message.with_qos(fp.as_str()))
        });
        let frame = bodies.collect::<Vec<_>>().join("\n");
        let mut new: Vec<_> = fps.iter().map(|fp| (from.to_owned(), fp.clone())).collect();
        new.sort_unstable();
        new.dedup();
        new.retain(|id| !self.model.shown.contains(id));
        let known = fps.iter().filter(|fp| self.model.is_shown(from, fp));
        let known = known.count();
        let takes = self.client.state() == State::Online && self.client.max_batch().is_some();
        let link = self.client.link();
        let mut current = false;
        self.on_link(input, |client, now, of| {
            current = link == Some(of);
            client.handle_message(now, of, frame.as_bytes());
        });
        let takes = takes && current;
        let listening = self.model.listening;
        let (shown, acknowledged) = match (takes, listening) {
            (false, _) => (0, 0),
            (true, true) => (new.len(), count),
            (true, false) => (0, known),
        };
        assert_eq!(self.model.shown_now.len(), shown);
        assert_eq!(self.model.acknowledged_now.len(), acknowledged);
        if takes && !listening {
            for fp in fps {
                if !self.model.is_shown(from, &fp) {
                    let link = link.expect("they came on a link");
                    self.model.hold_received(from, Some(fp), link);
                }
            }
        }
    }
}
