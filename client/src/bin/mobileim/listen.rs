//! `mobileim listen`: what arrives, one message a line.

use std::io::Write as _;

use mobileim_client::{Event, Message, SERVER};
use serde::Serialize;

use crate::args::ListenArgs;
use crate::status::{Status, ends_session};
use crate::text::visible;
use crate::{Outcome, shutdown};

pub(crate) async fn run(args: ListenArgs) -> Outcome {
    let (client, mut events) = args.login.builder()?.spawn();
    let login = client.login(args.login.account());
    // Refusals come as events too; what remains to be told is that it could not begin.
    let begin = async { login.await.map_err(|error| error.to_string()) };
    let listen = async {
        let mut status = Status::default();
        let mut left = args.count.unwrap_or(u64::MAX);
        while left > 0
            && let Some(event) = events.recv().await
        {
            if let Some(line) = status.line(&client, &event) {
                eprintln!("* {}", visible(&line, " "));
            }
            if ends_session(&event) {
                return Err("the session has ended".to_owned());
            }
            if let Event::Message(message) = event {
                print(&message, args.json)?;
                left -= 1;
            }
        }
        Ok(())
    };
    let outcome = tokio::select! {
        biased;
        outcome = listen => outcome,
        Err(error) = begin => Err(error),
        () = shutdown::requested() => Ok(()),
    };
    client.logout().await;
    outcome
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
}

fn print(message: &Message<'_>, json: bool) -> Outcome {
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
        })
        .expect("strings and numbers are always JSON")
    } else {
        format!("{}: {}", visible(from, " "), visible(content, "\\n"))
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("standard output: {error}"))
}
