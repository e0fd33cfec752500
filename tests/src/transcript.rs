//! What was on the wire between the original server and its clients, and whether ours says the same.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mobileim_protocol::Transport;
use mobileim_server::Addresses;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::raw::{RawConnection, Received};

/// How long nothing more must come after the last step.
const QUIET: Duration = Duration::from_millis(500);
/// The same if the scenario is that nothing comes.
const SILENCE: Duration = Duration::from_secs(2);

/// One recorded scenario on one transport.
#[derive(Debug, Clone, Deserialize)]
pub struct Transcript {
    transport: String,
    /// What it shows.
    pub scenario: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    conn: String,
    dir: Direction,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Direction {
    #[serde(rename = "client->server")]
    ClientToServer,
    #[serde(rename = "server->client")]
    ServerToClient,
    #[serde(rename = "server closes")]
    ServerCloses,
}

/// All recorded transcripts.
pub fn all() -> Vec<Transcript> {
    include_str!("../data/transcripts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a transcript"))
        .collect()
}

impl Transcript {
    /// What it was recorded on.
    pub fn transport(&self) -> Transport {
        match self.transport.as_str() {
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            "ws" => Transport::WebSocket,
            other => panic!("no such transport: {other}"),
        }
    }

    /// Whether the application that was recorded stored nothing for offline users.
    pub fn needs_no_store(&self) -> bool {
        self.scenario.contains("does not store it")
    }

    /// The same, with ids that are numbers, and as a client may have written it whose language or back end has other types: numbers
    /// and booleans where texts are meant, texts where those are. The original reads both alike. What the server says is
    /// what it says to the recorded client.
    #[must_use]
    pub fn in_other_types(&self) -> Self {
        let mut transcript = self.clone();
        for step in &mut transcript.steps {
            for (recorded, id) in [
                ("alice", "1001"),
                ("bob", "1002"),
                ("nobody", "1003"),
                (&format!("-{}", self.transport), ""),
                ("fp-", "90"),
                ("fire and forget", "12.50"),
                ("ping?", "true"),
            ] {
                step.body = step.body.replace(recorded, id);
            }
            if step.dir == Direction::ClientToServer {
                step.body = in_other_types(&object(&step.body).expect("a body"));
            }
        }
        transcript
    }

    /// Replays it: the client's steps are sent, the server's must come, in this order and nothing else.
    pub async fn replay(&self, addresses: &Addresses) -> Result<(), String> {
        let mut connections = BTreeMap::new();
        let mut made = ServerMade::default();
        // The length of what each has sent last.
        let mut questions = BTreeMap::new();
        for (index, step) in self.steps.iter().enumerate() {
            if !connections.contains_key(&step.conn) {
                let connection = RawConnection::open(self.transport(), addresses).await;
                connections.insert(&step.conn, connection);
            }
            let connection = connections.get_mut(&step.conn).expect("opened above");
            let held = match step.dir {
                Direction::ClientToServer => {
                    connection.send_body(&step.body).await;
                    questions.insert(&step.conn, step.body.len());
                    Ok(())
                }
                Direction::ServerToClient => match connection.receive().await {
                    Received::Body(body) if self.transport().is_datagram() => {
                        compare_datagrams(&mut made, &step.body, &body, questions[&step.conn])
                    }
                    Received::Body(body) => made.compare(&step.body, &body),
                    other => Err(format!("{other:?} instead of {}", step.body)),
                },
                Direction::ServerCloses => match connection.receive().await {
                    Received::Closed(_) => Ok(()),
                    other => Err(format!("{other:?} instead of the end")),
                },
            };
            held.map_err(|why| format!("{self}: step {}: {why}", index + 1))?;
        }
        let closed: Vec<_> = self
            .steps
            .iter()
            .filter(|step| step.dir == Direction::ServerCloses)
            .map(|step| &step.conn)
            .collect();
        let quiet = if self.needs_no_store() {
            SILENCE
        } else {
            QUIET
        };
        for (name, connection) in &mut connections {
            if !closed.contains(name) {
                connection.expect_silence(quiet).await;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.transport, self.scenario)
    }
}

/// On UDP, what comes before a login is answered with no more than it had: the error's text is as much of the original's as
/// fits, and fields that mean nothing are left out if it must be shorter.
fn compare_datagrams(
    made: &mut ServerMade,
    recorded: &str,
    ours: &str,
    question: usize,
) -> Result<(), String> {
    let fields = object(recorded)?;
    let is_to_stranger = fields["type"] == 52 && fields["to"] == "-1";
    if !is_to_stranger || recorded.len() <= question {
        return made.compare(recorded, ours);
    }
    let error = |text: &str| -> Result<_, String> {
        let fields = object(text)?;
        let content = fields.get("dataContent").and_then(Value::as_str);
        let content = object(content.unwrap_or_default())?;
        let who = ["type", "from", "to"].map(|field| fields.get(field).cloned());
        Ok((who, content.get("errorCode").cloned()))
    };
    if ours.len() <= question && error(recorded)? == error(ours)? {
        Ok(())
    } else {
        Err(format!(
            "recorded {recorded}, ours {ours}, for {question} bytes"
        ))
    }
}

/// Values that a server makes anew in each run: recorded to ours.
#[derive(Default)]
struct ServerMade {
    fingerprints: HashMap<String, String>,
}

impl ServerMade {
    /// Whether two bodies are equal field by field and in the same order, but for what a server makes.
    fn compare(&mut self, recorded: &str, ours: &str) -> Result<(), String> {
        let differ = |what: &str| format!("{what} differs: recorded {recorded}, ours {ours}");
        let (recorded, ours) = (object(recorded)?, object(ours)?);
        if !recorded.keys().eq(ours.keys()) {
            return Err(differ("the order or set of fields"));
        }
        for (name, recorded_value) in &recorded {
            let ours_value = &ours[name];
            let equal = match (name.as_str(), recorded["type"].as_i64()) {
                ("dataContent", Some(50)) => compare_login_answers(recorded_value, ours_value)?,
                ("fp", Some(2)) if recorded["from"] == "0" => {
                    self.is_same_fingerprint(recorded_value, ours_value)
                }
                _ => recorded_value == ours_value,
            };
            if !equal {
                return Err(differ(name));
            }
        }
        Ok(())
    }

    /// A UUID, and if the recorded one came again, ours comes again.
    fn is_same_fingerprint(&mut self, recorded: &Value, ours: &Value) -> bool {
        let (Some(recorded), Some(ours)) = (recorded.as_str(), ours.as_str()) else {
            return false;
        };
        let known = self
            .fingerprints
            .entry(recorded.to_owned())
            .or_insert_with(|| ours.to_owned());
        known == ours && uuid::Uuid::try_parse(ours).is_ok_and(|uuid| uuid.get_version_num() == 4)
    }
}

/// The same code and a firstLoginTime of the same kind; ours may name the heartbeat interval after them.
fn compare_login_answers(recorded: &Value, ours: &Value) -> Result<bool, String> {
    let recorded = object(recorded.as_str().unwrap_or_default())?;
    let mut ours = object(ours.as_str().unwrap_or_default())?;
    let interval = ours.shift_remove("keepAliveInterval");
    let same_time = match (&recorded["firstLoginTime"], &ours["firstLoginTime"]) {
        (Value::Number(recorded), Value::Number(ours)) if recorded.as_i64() > Some(0) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let now = i64::try_from(now.as_millis()).unwrap();
            ours.as_i64()
                .is_some_and(|ours| (now - ours).abs() < 60_000)
        }
        (recorded, ours) => recorded == ours,
    };
    Ok(recorded.keys().eq(ours.keys())
        && recorded["code"] == ours["code"]
        && same_time
        && interval.is_none_or(|interval| interval.as_i64() > Some(0)))
}

/// An object with each value in another type, if another can say the same.
fn in_other_types(object: &Map<String, Value>) -> String {
    let fields: Vec<_> = object
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => match serde_json::from_str(text) {
                    Ok(Value::Number(_) | Value::Bool(_)) => text.clone(),
                    Ok(Value::Object(object)) => Value::from(in_other_types(&object)).to_string(),
                    _ => value.to_string(),
                },
                Value::Number(_) | Value::Bool(_) => format!("\"{value}\""),
                _ => value.to_string(),
            };
            format!("\"{name}\":{value}")
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(recorded: &str, ours: &str) -> Result<(), String> {
        ServerMade::default().compare(recorded, ours)
    }

    #[test]
    fn another_value_order_or_field_is_a_difference() {
        let recorded = r#"{"type":51,"from":"0"}"#;
        assert_eq!(compare(recorded, recorded), Ok(()));
        for ours in [
            r#"{"type":51,"from":"1"}"#,
            r#"{"from":"0","type":51}"#,
            r#"{"type":51}"#,
            r#"{"type":51,"from":"0","to":null}"#,
        ] {
            assert!(compare(recorded, ours).is_err(), "{ours}");
        }
    }

    #[test]
    fn in_other_types_ids_are_numbers_and_numbers_are_texts() {
        let body = |content| format!(r#"{{"type":0,"dataContent":{content},"QoS":true}}"#);
        let recorded = object(&body(
            r#""{\"loginUserId\":\"1001\",\"firstLoginTime\":0}""#,
        ))
        .unwrap();
        assert_eq!(
            in_other_types(&recorded),
            r#"{"type":"0","dataContent":"{\"loginUserId\":1001,\"firstLoginTime\":\"0\"}","QoS":"true"}"#
        );
        let recorded = object(&body(r#""12.50""#)).unwrap();
        assert_eq!(
            in_other_types(&recorded),
            r#"{"type":"0","dataContent":12.50,"QoS":"true"}"#
        );
    }

    #[test]
    fn a_login_answer_has_a_new_time_and_may_have_an_interval() {
        let answer =
            |content: &str| serde_json::json!({ "type": 50, "dataContent": content }).to_string();
        let recorded = answer(r#"{"code":0,"firstLoginTime":1795176857455}"#);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = now.as_millis();
        for (content, held) in [
            (format!(r#"{{"code":0,"firstLoginTime":{now}}}"#), true),
            (
                format!(r#"{{"code":0,"firstLoginTime":{now},"keepAliveInterval":3000}}"#),
                true,
            ),
            (format!(r#"{{"code":1,"firstLoginTime":{now}}}"#), false),
            (
                format!(r#"{{"code":0,"firstLoginTime":{now},"more":1}}"#),
                false,
            ),
            (r#"{"code":0,"firstLoginTime":1}"#.to_owned(), false),
            (r#"{"code":0,"firstLoginTime":-1}"#.to_owned(), false),
        ] {
            let ours = answer(&content);
            assert_eq!(compare(&recorded, &ours).is_ok(), held, "{content}");
        }
    }
}
