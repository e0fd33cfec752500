//! `mobileim send`: one message, and an exit code that says what became of it.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::time::Duration;

use mobileim_client::{
    Account, Client, Delivery, Draft, Event, Events, LoggedIn, LoginError, LostReason, SERVER,
    SendError, State, StorageError,
};

use crate::args::SendArgs;
use crate::earlier::{Earlier, messages};
use crate::outcome::{Failure, Outcome, not_logged_in};
use crate::shutdown;
use crate::status::Status;
use crate::text::visible;

/// How long a delivered message may wait for those of earlier runs.
const EARLIER_WITHIN: Duration = Duration::from_secs(5);

/// How often an outbox is tried that another program uses.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

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
    let outbox = args.login.outbox()?;
    let server = args.login.server()?;
    let (client, events) = args.login.builder()?.spawn();
    let mut sending = Sending {
        server,
        client,
        account,
        events,
        status: Status::default(),
        earlier: Earlier::default(),
        draft: Some(draft),
        delivery: None,
    };
    let end = sending.run(args.timeout).await;
    sending.finish(end, outbox.as_deref()).await?;
    if std::io::stdout().is_terminal() {
        println!("{}", if args.no_qos { "sent" } else { "✓ delivered" });
    }
    Ok(())
}

/// A message, and all that happens meanwhile.
struct Sending {
    /// Its address.
    server: String,
    client: Client,
    account: Account,
    events: Events,
    status: Status,
    earlier: Earlier,
    /// The message, until it is handed over.
    draft: Option<Draft>,
    /// Once it was.
    delivery: Option<Delivery>,
}

/// Why waiting ended.
enum End {
    Settled(Result<(), SendError>),
    NotLoggedIn(LoginError),
    /// The time ran out, or somebody wants the program to end; in words.
    GaveUp(String),
}

impl Sending {
    /// Logs in, hands the message over and waits for what becomes of it.
    ///
    /// It is handed over, and kept from then on, when the login is accepted or the server cannot be reached; not
    /// when the login is refused at once: that is for the caller to put right, and to send it again.
    async fn run(&mut self, timeout: Duration) -> End {
        let mut time_is_up = std::pin::pin!(tokio::time::sleep(timeout));
        let mut stop = std::pin::pin!(shutdown::requested());
        let mut login = Box::pin(log_in(
            self.client.clone(),
            self.account.clone(),
            Duration::ZERO,
        ));
        let mut logged_in = false;
        let mut in_use = None;
        loop {
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => {
                    self.notice(&event);
                    if matches!(event, Event::LinkLost { .. }) {
                        in_use = None;
                        self.hand_over();
                    }
                }
                answer = &mut login, if !logged_in => match answer {
                    Ok(LoggedIn { restored, .. }) => {
                        logged_in = true;
                        in_use = None;
                        say(self.earlier.set_count(restored));
                        self.hand_over_now();
                    }
                    Err(LoginError::Storage(error @ StorageError::InUse(_))) => {
                        if in_use.is_none() {
                            say(Some(format!("{error}; waiting for it to end")));
                        }
                        in_use = Some(error);
                        login = Box::pin(log_in(self.client.clone(), self.account.clone(), TRY_AGAIN_AFTER));
                    }
                    Err(error) => return End::NotLoggedIn(error),
                },
                settled = settled(&mut self.delivery) => {
                    if settled.is_ok() {
                        self.wait_for_earlier().await;
                    }
                    return End::Settled(settled);
                }
                () = &mut time_is_up => {
                    if let Some(error) = in_use {
                        return End::NotLoggedIn(LoginError::Storage(error));
                    }
                    self.hand_over();
                    return End::GaveUp(self.too_late());
                }
                () = &mut stop => return End::GaveUp("interrupted".to_owned()),
            }
        }
    }

    /// Gives the message to the client, which keeps it.
    fn hand_over(&mut self) {
        // Without QoS it is sent now or never.
        if self.draft.as_ref().is_some_and(|draft| draft.qos) {
            self.hand_over_now();
        }
    }

    fn hand_over_now(&mut self) {
        if let Some(draft) = self.draft.take() {
            let delivery = self.client.send(draft);
            self.earlier.add_own(delivery.fp());
            self.delivery = Some(delivery);
        }
    }

    /// Gives those of earlier runs a while; what is not delivered then, a later run delivers.
    async fn wait_for_earlier(&mut self) {
        let delivered = async {
            while self.earlier.left() > 0
                && let Some(event) = self.events.recv().await
            {
                self.notice(&event);
            }
        };
        let _ = tokio::time::timeout(EARLIER_WITHIN, delivered).await;
    }

    fn notice(&mut self, event: &Event) {
        let line = self.status.line(&self.client, event);
        // These are for this program's end to tell.
        if !matches!(event, Event::LoggedIn { .. } | Event::LoginRefused { .. }) {
            say(line);
        }
        say(self.earlier.line(event));
        if let Event::Message { message, .. } = event
            && !self.events.keep()
        {
            // Nobody else is going to show it.
            let from = message.from.as_deref().unwrap_or(SERVER);
            let text = message.content.as_deref().unwrap_or_default();
            say(Some(format!("received from {from}: {text}")));
        }
    }

    /// Ends the session, and says what became of the message and of others.
    async fn finish(mut self, end: End, outbox: Option<&Path>) -> Outcome {
        let left = self.client.leave().await;
        while let Some(event) = self.events.recv().await {
            self.notice(&event);
        }
        if left.inbox > 0 {
            let received = messages(left.inbox);
            say(Some(format!(
                "received {received}, to be shown by `listen` or `chat`"
            )));
        }
        let (why, outcome) = match end {
            End::Settled(outcome) => (None, Some(outcome)),
            End::NotLoggedIn(error) => (Some(not_logged_in(&error)), self.outcome().await),
            End::GaveUp(why) => (Some(why), self.outcome().await),
        };
        let error = match outcome {
            Some(Ok(())) => {
                if left.outbox > 0 {
                    let kept = messages(left.outbox);
                    say(Some(format!(
                        "{kept} of earlier runs not yet delivered; kept for the next run"
                    )));
                }
                return Ok(());
            }
            Some(Err(error)) => Some(error),
            None => None,
        };
        let is_unacknowledged = matches!(error, Some(SendError::Stopped | SendError::SessionEnded));
        // By the end of the session, that is by this program: the reason is another.
        let by_itself = matches!(error, Some(SendError::Lost(LostReason::LoggedOut)));
        let why = match (error, why) {
            (Some(error), Some(_)) if !is_unacknowledged && !by_itself => error.to_string(),
            (_, Some(why)) => why,
            (error, None) => error.map(|it| it.to_string()).unwrap_or_default(),
        };
        Err(match outbox {
            Some(outbox) if is_unacknowledged => {
                let text = format!("not delivered yet: {why}");
                Failure::kept(&text, self.account.user_id(), &self.server, outbox)
            }
            _ => format!("not delivered: {why}").into(),
        })
    }

    /// What became of the message, once the client has ended; `None` where it was not handed over.
    async fn outcome(&mut self) -> Option<Result<(), SendError>> {
        match self.delivery.take() {
            Some(delivery) => Some(delivery.await),
            None => None,
        }
    }

    /// What the time ran out on.
    fn too_late(&self) -> String {
        match (self.client.state(), self.status.last_lost()) {
            (State::Online, _) => "no acknowledgement came in time".to_owned(),
            (_, Some(error)) => format!("not online in time ({error})"),
            (_, None) => "not online in time".to_owned(),
        }
    }
}

async fn log_in(client: Client, account: Account, after: Duration) -> Result<LoggedIn, LoginError> {
    tokio::time::sleep(after).await;
    client.login(account).await
}

/// Waits for a delivery; for ever if there is none.
async fn settled(delivery: &mut Option<Delivery>) -> Result<(), SendError> {
    match delivery {
        Some(delivery) => delivery.await,
        None => std::future::pending().await,
    }
}

/// A line that is not the result.
fn say(line: Option<String>) {
    if let Some(line) = line {
        eprintln!("* {}", visible(&line, " "));
    }
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
