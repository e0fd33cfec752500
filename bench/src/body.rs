//! Bodies that are prepared once, and what is looked for in those that come.

use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Message, MessageType, SERVER, codes, decode, encode};

/// How long a fingerprint is: as long as the UUIDs that clients use.
pub(crate) const FP_LEN: usize = 36;

const PLACEHOLDER: &str = "ffffffff-ffff-4fff-8fff-ffffffffffff";

/// A body with a place for a fingerprint.
pub(crate) struct Template {
    body: Vec<u8>,
    fp_at: usize,
}

impl Template {
    /// A message with QoS and 64 bytes of text.
    pub(crate) fn message(from: &str, to: &str) -> Self {
        let message = Message::new(MessageType::CommonData, from, to).with_content("x".repeat(64));
        Self::new(&message.with_qos(PLACEHOLDER))
    }

    /// The acknowledgement of a message that came from `to`.
    pub(crate) fn acknowledgement(from: &str, to: &str) -> Self {
        Self::new(&Message::received(from, to, PLACEHOLDER, false))
    }

    fn new(message: &Message<'_>) -> Self {
        let body = encode(message);
        let fp_at = body.find(PLACEHOLDER).expect("it was put there");
        Self {
            body: body.into_bytes(),
            fp_at,
        }
    }

    /// The body with this fingerprint.
    pub(crate) fn with_fp(&mut self, fp: &[u8]) -> &[u8] {
        self.body[self.fp_at..][..FP_LEN].copy_from_slice(fp);
        &self.body
    }
}

pub(crate) fn login(user: &str) -> String {
    let request = LoginRequest {
        user_id: user.to_owned(),
        token: "token".to_owned(),
        extra: None,
        first_login_time: 0,
        max_batch: None,
        max_body: None,
        secret: None,
        device: None,
    };
    encode(&Message::new(MessageType::Login, user, SERVER).with_content(payload::encode(&request)))
}

pub(crate) fn heartbeat(user: &str) -> String {
    encode(&Message::new(MessageType::KeepAlive, user, SERVER).with_content("{}"))
}

/// Whether this is the answer to a heartbeat.
pub(crate) fn is_heartbeat_answer(body: &[u8]) -> bool {
    decode(body).is_ok_and(|message| message.kind == MessageType::KeepAliveResponse)
}

/// Whether this is the answer to a login, and an acceptance.
pub(crate) fn is_login_accepted(body: &[u8]) -> bool {
    let Ok(message) = decode(body) else {
        return false;
    };
    message.kind == MessageType::LoginResponse
        && payload::decode::<payload::LoginResponse>(message.content.as_deref())
            .is_ok_and(|response| response.code == codes::OK)
}

/// The fingerprint of a message.
pub(crate) fn fp(body: &[u8]) -> Option<&[u8]> {
    after(body, br#""fp":""#)?.get(..FP_LEN)
}

/// The fingerprint that is acknowledged, if this is an acknowledgement.
pub(crate) fn acknowledged_fp(body: &[u8]) -> Option<&[u8]> {
    after(body, br#""type":4,"dataContent":""#)?.get(..FP_LEN)
}

fn after<'a>(body: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    let at = body.windows(what.len()).position(|window| window == what)?;
    Some(&body[at + what.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_prepared_is_what_the_protocol_writes() {
        let fp: &str = "00000001-0002-4000-8000-000000000003";
        let mut message = Template::message("alice", "bob");
        let message = message.with_fp(fp.as_bytes());
        assert_eq!(super::fp(message), Some(fp.as_bytes()));
        assert_eq!(acknowledged_fp(message), None);
        assert_eq!(decode(message).unwrap().fp.as_deref(), Some(fp));

        let mut acknowledgement = Template::acknowledgement("bob", "alice");
        let acknowledgement = acknowledgement.with_fp(fp.as_bytes());
        assert_eq!(acknowledged_fp(acknowledgement), Some(fp.as_bytes()));
        let decoded = decode(acknowledgement).unwrap();
        assert_eq!(decoded.kind, MessageType::Received);
    }
}
