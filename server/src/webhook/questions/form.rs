//! The JSON of questions about messages, and of their answers.

use std::time::Duration;

use mobileim_hub::{Refs, Verdict};
use mobileim_protocol::{Message, codes};
use serde::{Deserialize, Serialize};

use crate::webhook::words;

/// The longest wait that a back end may want before a message comes again.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// What is asked about a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fp: Option<&'a str>,
    typeu: i32,
    qos: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(flatten)]
    refs: Refs,
}

#[derive(Deserialize)]
struct Answers {
    answers: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    accept: bool,
    content: Option<String>,
    code: Option<i64>,
    reason: Option<String>,
    retry_after: Option<u64>,
}

/// What is asked about one message.
pub(super) fn about(message: &Message<'_>) -> String {
    let refs = message.refs.as_deref();
    let refs = refs.and_then(|refs| Refs::read(refs).ok());
    let asked = Asked {
        from: message.from.as_deref().unwrap_or_default(),
        to: message.to.as_deref().unwrap_or_default(),
        fp: message.fp.as_deref(),
        typeu: message.typeu,
        qos: message.qos,
        content: message.content.as_deref(),
        refs: refs.unwrap_or_default(),
    };
    serde_json::to_string(&asked).expect("it is text, and so is what is in it")
}

/// A request that asks about several messages.
pub(super) fn request<'a>(question: &str, messages: impl Iterator<Item = &'a str>) -> String {
    let mut body = format!(r#"{{"question":"{question}","messages":["#);
    for (number, message) in messages.enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(message);
    }
    body.push_str("]}");
    body
}

/// Reads as many answers as there were messages; an error says why these are none.
pub(super) fn answers(body: &[u8], messages: usize) -> Result<Vec<Verdict>, String> {
    let Answers { answers } = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if answers.len() != messages {
        return Err(format!(
            "it has {} answers to {messages} messages",
            answers.len()
        ));
    }
    answers.into_iter().map(verdict).collect()
}

fn verdict(written: Written) -> Result<Verdict, String> {
    if written.accept {
        return Ok(written.content.map_or(Verdict::Allow, Verdict::Replace));
    }
    if let Some(millis) = written.retry_after {
        let wait = Duration::from_millis(millis).min(MAX_WAIT);
        return Ok(Verdict::RefuseForNow(wait));
    }
    let code = written.code.unwrap_or(codes::SENDING_FAILED);
    if code < codes::FIRST_APPLICATION_REFUSAL && code != codes::SENDING_FAILED {
        return Err(format!(
            "code {code} is neither {} nor one from {} up",
            codes::SENDING_FAILED,
            codes::FIRST_APPLICATION_REFUSAL
        ));
    }
    Ok(match written.reason {
        None => Verdict::Refuse(code),
        Some(reason) => Verdict::RefuseSaying {
            code,
            text: words(&reason),
        },
    })
}

#[cfg(test)]
mod tests {
    use mobileim_protocol::MessageType;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_request_says_what_it_asks_and_all_that_is_known_of_each_message() {
        let full = Message::new(MessageType::CommonData, "alice", "bob")
            .with_content("\"hi\"")
            .with_qos("1")
            .with_typeu(7);
        let bare = Message::new(MessageType::CommonData, "alice", "0");
        let messages = [about(&full), about(&bare)];
        let body = request("beforeC2c", messages.iter().map(String::as_str));
        let expected = json!({
            "question": "beforeC2c",
            "messages": [
                { "from": "alice", "to": "bob", "fp": "1", "typeu": 7, "qos": true, "content": "\"hi\"" },
                { "from": "alice", "to": "0", "typeu": -1, "qos": false },
            ],
        });
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
    }

    #[test]
    fn clear_answers_are_taken_as_they_are() {
        let (code, text) = (2001, "no spam".to_owned());
        for (written, expected) in [
            (json!({ "accept": true, "more": 1 }), Verdict::Allow),
            (
                json!({ "accept": true, "content": "h**k" }),
                Verdict::Replace("h**k".to_owned()),
            ),
            (json!({ "accept": false }), Verdict::Refuse(3)),
            (
                json!({ "accept": false, "code": 2001, "reason": "no\u{7} spam" }),
                Verdict::RefuseSaying { code, text },
            ),
            (
                json!({ "accept": false, "retryAfter": 1500 }),
                Verdict::RefuseForNow(Duration::from_millis(1500)),
            ),
            (
                json!({ "accept": false, "retryAfter": u64::MAX }),
                Verdict::RefuseForNow(MAX_WAIT),
            ),
        ] {
            let body = json!({ "answers": [written, { "accept": true }] }).to_string();
            let verdicts = answers(body.as_bytes(), 2);
            assert_eq!(verdicts, Ok(vec![expected, Verdict::Allow]), "{body}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for (body, why) in [
            ("", "EOF while parsing"),
            ("[]", "invalid length 0"),
            (r#"{"accept":true}"#, "missing field `answers`"),
            (r#"{"answers":[]}"#, "it has 0 answers to 1 messages"),
            (
                r#"{"answers":[{"accept":true},{"accept":true}]}"#,
                "it has 2 answers to 1 messages",
            ),
            (r#"{"answers":[{"accept":"yes"}]}"#, "expected a boolean"),
            (
                r#"{"answers":[{"accept":false,"code":0}]}"#,
                "code 0 is neither 3 nor one from 1025 up",
            ),
        ] {
            let told = answers(body.as_bytes(), 1).unwrap_err();
            assert!(told.contains(why), "{body}: {told}");
        }
    }
}
