//! What became of a message, as a server that runs says.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use mobileim_server::outgoing::Trust;
use serde_json::Value;

/// How long the server may take to answer.
const TIME: Duration = Duration::from_secs(10);

/// Asks the server, and prints what it says.
pub(crate) async fn print(from: &str, fp: &str, url: &str, key: Option<&str>) -> ExitCode {
    match explain(from, fp, url, key).await {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("mobileim-server: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn explain(from: &str, fp: &str, url: &str, key: Option<&str>) -> Result<String, String> {
    let key = key.ok_or(
        "this needs a key for the API with the scope messages:read: --api-key or MOBILEIM_API_KEY",
    )?;
    let api = Api::new(from, fp, url, key)?;
    let steps = api.ask(&["steps"], None).await?;
    // What is said of one receiver is looked up in the store, too.
    let receiver = match *receivers(&steps) {
        [receiver] => Some(receiver),
        _ => None,
    };
    let state = api.ask(&[], receiver).await?;
    Ok(text(&steps, &state))
}

struct Api<'a> {
    client: reqwest::Client,
    base: reqwest::Url,
    path: [&'a str; 5],
    key: &'a str,
}

impl<'a> Api<'a> {
    fn new(from: &'a str, fp: &'a str, url: &str, key: &'a str) -> Result<Self, String> {
        let wrong = || format!("'{url}' is no URL such as http://127.0.0.1:8080");
        let base: reqwest::Url = url.parse().map_err(|_| wrong())?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(wrong());
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(Trust::default().config())
            .timeout(TIME)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Ok(Self {
            client: client.map_err(|error| error.to_string())?,
            base,
            path: ["api", "v1", "messages", from, fp],
            key,
        })
    }

    async fn ask(&self, more: &[&str], to: Option<&str>) -> Result<Value, String> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(self.path).extend(more);
        }
        if let Some(to) = to {
            url.query_pairs_mut().append_pair("to", to);
        }
        let request = self.client.get(url).bearer_auth(self.key);
        let none = |error: reqwest::Error| format!("{}: no answer: {}", self.base, cause(&error));
        let response = request.send().await.map_err(none)?;
        let status = response.status();
        let body = response.bytes().await.map_err(none)?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() && answer.is_object() {
            return Ok(answer);
        }
        let detail = answer["detail"].as_str().unwrap_or("that is no API");
        Err(format!(
            "{}: status {}: {detail}",
            self.base,
            status.as_u16()
        ))
    }
}

/// What is at the bottom of an error.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.to_string()
}

/// Who is named in the steps, each once.
fn receivers(steps: &Value) -> Vec<&str> {
    let mut names: Vec<_> = list(steps, "steps")
        .filter_map(|step| step["to"].as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of[name].as_array().into_iter().flatten()
}

fn text(steps: &Value, state: &Value) -> String {
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // A string takes everything.
        let _ = writeln!(text, "{line}");
    };
    for step in list(steps, "steps") {
        let to = step["to"].as_str().unwrap_or("?");
        let what = step["text"].as_str().unwrap_or_default();
        line(format_args!("{}  {to}: {what}", time(&step["at"])));
    }
    if steps["steps"].as_array().is_none_or(Vec::is_empty) {
        match steps["since"].as_i64() {
            Some(_) => line(format_args!(
                "nothing is remembered of it; of such messages all is since {}",
                time(&steps["since"])
            )),
            None => line(format_args!(
                "nothing is remembered of it: nothing has happened yet, or explain.memory is 0"
            )),
        }
    }
    for receiver in list(state, "receivers") {
        let user = receiver["user"].as_str().unwrap_or_default();
        let outcome = receiver["outcome"].as_str().unwrap_or_default();
        line(format_args!("now  {user}: {}", meaning(outcome)));
        if let Some(why) = receiver["why"]["text"].as_str() {
            line(format_args!("why  {user}: {why}"));
        }
    }
    text
}

/// What an outcome says to people.
fn meaning(outcome: &str) -> &str {
    match outcome {
        "delivered" => "delivered: the receiver has acknowledged it",
        "stored" => "stored: it waits for the receiver to come, or to acknowledge it",
        "on_its_way" => "on its way: neither acknowledged nor stored yet",
        "no_room" => "not taken: its sender is to send it again",
        "unknown" => "unknown: neither the memory nor the store has it",
        other => other,
    }
}

fn time(millis: &Value) -> String {
    let millis = Duration::from_millis(millis.as_u64().unwrap_or_default());
    humantime::format_rfc3339_millis(UNIX_EPOCH + millis).to_string()
}
