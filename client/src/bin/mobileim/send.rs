//! `mobileim send`: one message, and an exit code that says whether it was delivered.

use std::io::{IsTerminal as _, Read as _};

use mobileim_client::{Client, Draft, State};

use crate::Outcome;
use crate::args::SendArgs;

pub(crate) async fn run(args: SendArgs) -> Outcome {
    let text = if args.text == "-" {
        read_stdin()?
    } else {
        args.text
    };
    let draft = Draft {
        typeu: args.typeu,
        qos: !args.no_qos,
        ..Draft::new(args.to, text)
    };
    let account = args.login.account();
    let (client, events) = args.login.builder()?.spawn();
    drop(events);
    let sent = tokio::time::timeout(args.timeout, async {
        client
            .login(account)
            .await
            .map_err(|error| error.to_string())?;
        client.send(draft).await.map_err(|error| error.to_string())
    })
    .await;
    let outcome = sent.unwrap_or_else(|_| Err(too_late(&client)));
    client.logout().await;
    outcome.map_err(|error| format!("not delivered: {error}"))?;
    if std::io::stdout().is_terminal() {
        println!("{}", if args.no_qos { "sent" } else { "✓ delivered" });
    }
    Ok(())
}

/// All of standard input, without the line break that ends it.
fn read_stdin() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("standard input: {error}"))?;
    let end = text.strip_suffix('\n').unwrap_or(&text);
    let end = end.strip_suffix('\r').unwrap_or(end).len();
    text.truncate(end);
    Ok(text)
}

/// What the time ran out on.
fn too_late(client: &Client) -> String {
    match (client.state(), client.last_link_error()) {
        (State::Online, _) => "no acknowledgement came in time".to_owned(),
        (_, Some(error)) => format!("not online in time ({error})"),
        (_, None) => "not online in time".to_owned(),
    }
}
