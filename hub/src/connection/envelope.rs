//! Which message it is that cannot be read.

use mobileim_protocol::{Message, MessageType};
use serde_json::Value;

/// Reads from a body that is no valid message who sent it to whom and its fingerprint, if it is `COMMON_DATA` and has
/// one: enough to refuse it by name. What is wrong with the other fields does not matter.
pub(super) fn read(body: &[u8]) -> Option<Message<'static>> {
    let fields: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    // A number counts as its text, as everywhere.
    let text = |name: &str| match fields.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if text("type")? != MessageType::CommonData.code().to_string() {
        return None;
    }
    let fp = text("fp")?;
    let message = Message::new(
        MessageType::CommonData,
        text("from").unwrap_or_default(),
        text("to").unwrap_or_default(),
    );
    Some(message.with_qos(fp))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_message_is_known_by_its_fingerprint_whatever_else_is_wrong() {
        for body in [
            r#"{"type":2,"fp":"1","to":"bob","dataContent":{"text":"hi"}}"#,
            r#"{"type":2,"fp":"1","to":"bob","typeu":1e99}"#,
            r#"{"type":"2","fp":1,"to":[],"sm":"later"}"#,
        ] {
            let message = read(body.as_bytes()).unwrap();
            assert_eq!(message.fingerprint_to_acknowledge(), Some("1"), "{body}");
        }
    }

    #[test]
    fn what_has_no_fingerprint_or_is_no_message_to_anybody_has_no_name() {
        for body in [
            r#"{"type":2,"to":"bob","dataContent":{}}"#,
            r#"{"type":2,"fp":{},"dataContent":{}}"#,
            r#"{"type":0,"fp":"1","dataContent":{}}"#,
            r#"{"type":2,"fp":"1""#,
            "[]",
        ] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }
}
