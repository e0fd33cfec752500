//! `mobileim listen`: what arrives, one message a line.

use std::io::Write as _;

use mobileim_client::{Event, Message, SERVER};
use serde::Serialize;

use crate::args::ListenArgs;
use crate::conversations::change;
use crate::earlier::{Earlier, messages};
use crate::outcome::{Outcome, not_logged_in};
use crate::shutdown;
use crate::status::{Status, ends_session};
use crate::text::{sender, visible};

pub(crate) async fn run(args: ListenArgs) -> Outcome {
    let (client, mut events) = args.login.builder()?.spawn();
    let login = client.login(args.login.account());
    let mut login = std::pin::pin!(login);
    let mut stop = std::pin::pin!(shutdown::requested());
    let mut answered = false;
    let mut status = Status::default();
    let mut earlier = Earlier::default();
    let mut left = args.count.unwrap_or(u64::MAX);
    let mut outcome = Ok(());
    while left > 0 {
        tokio::select! {
            biased;
            event = events.recv() => {
                let Some(event) = event else {
                    outcome = Err("the client has stopped".to_owned());
                    break;
                };
                say(status.line(&client, &event));
                say(earlier.line(&event));
                if ends_session(&event) {
                    outcome = Err("the session has ended".to_owned());
                    break;
                }
                if let Event::Message { message, .. } = event {
                    outcome = print(&message, &args.login.user, args.json);
                    if outcome.is_err() {
                        events.keep();
                        break;
                    }
                    left -= 1;
                }
            }
            answer = &mut login, if !answered => match answer {
                Ok(logged_in) => {
                    answered = true;
                    say(earlier.set_count(logged_in.restored));
                }
                // Refusals came as events; what remains to be told is that it could not begin.
                Err(error) => {
                    outcome = Err(not_logged_in(&error));
                    break;
                }
            },
            () = &mut stop => break,
        }
    }
    // What was printed is handled; the rest is for the next run.
    drop(events);
    let kept = client.leave().await;
    if kept.outbox > 0 {
        say(Some(format!(
            "{} not yet delivered; kept for the next run",
            messages(kept.outbox)
        )));
    }
    outcome.map_err(Into::into)
}

/// A line that is no message.
fn say(line: Option<String>) {
    if let Some(line) = line {
        eprintln!("* {}", visible(&line, " "));
    }
}

/// A message as scripts read it.
#[derive(Serialize)]
struct JsonMessage<'a> {
    from: &'a str,
    to: &'a str,
    content: &'a str,
    fp: Option<&'a str>,
    qos: bool,
    typeu: i32,
    #[serde(rename = "serverTime", skip_serializing_if = "Option::is_none")]
    server_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

fn print(message: &Message<'_>, user: &str, json: bool) -> Result<(), String> {
    let from = message.from.as_deref().unwrap_or(SERVER);
    let content = message.content.as_deref().unwrap_or_default();
    let line = if json {
        serde_json::to_string(&JsonMessage {
            from,
            to: message.to.as_deref().unwrap_or_default(),
            content,
            fp: message.fp.as_deref(),
            qos: message.qos,
            typeu: message.typeu,
            server_time: Some(message.sm).filter(|time| *time > 0),
            seq: message.seq,
        })
        .expect("strings and numbers are always JSON")
    } else {
        let from = sender(message, from, user);
        match change(message) {
            Some(change) => visible(&change, " "),
            None => format!("{}: {}", visible(&from, " "), visible(content, "\\n")),
        }
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("standard output: {error}"))
}
