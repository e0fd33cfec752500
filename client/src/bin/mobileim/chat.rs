//! `mobileim chat`: a conversation, at a terminal or through pipes.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use mobileim_client::{
    Account, Client, Draft, Event, Events, LoggedIn, LoginError, Message, SERVER, SendError, State,
};
use tokio::task::JoinSet;

use crate::args::ChatArgs;
use crate::conversations;
use crate::devices;
use crate::earlier::{Earlier, messages};
use crate::keyboard::{self, Input, Keyboard, Names};
use crate::line::{HELP, Line};
use crate::outcome::{Failure, Outcome, not_logged_in};
use crate::presence;
use crate::screen::Screen;
use crate::shutdown;
use crate::status::{Status, ends_session};
use crate::text::sender;

/// How long leaving may wait for what is not yet delivered.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);

/// How many messages may be on their way before no more input is taken.
const WINDOW: usize = 256;

pub(crate) async fn run(args: ChatArgs) -> Outcome {
    let address = args.login.server()?;
    let (client, events) = args.login.builder()?.spawn();
    let names = Names::default();
    let (keyboard, screen) = keyboard::open(&names)?;
    screen.status(&format!("connecting to {address}…"));
    let mut chat = Chat {
        client,
        account: args.login.account(),
        interactive: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        peer: args.to,
        where_to: address,
        outbox: args.login.outbox()?,
        names,
        screen,
        status: Status::default(),
        earlier: Earlier::default(),
        logins: JoinSet::new(),
        on_the_way: JoinSet::new(),
        answers: JoinSet::new(),
    };
    let outcome = chat.run(events, keyboard).await;
    let left = chat.client.leave().await;
    // That has settled whatever was still on its way.
    let mut all_delivered = true;
    while let Some(Ok(sent)) = chat.on_the_way.join_next().await {
        all_delivered &= sent.outcome.is_ok();
        chat.settle(&sent);
    }
    chat.screen.finish();
    outcome?;
    match &chat.outbox {
        Some(outbox) if left.outbox > 0 => {
            let text = format!("{} not yet delivered", messages(left.outbox));
            let (user, server) = (chat.account.user_id(), &chat.where_to);
            Err(Failure::kept(&text, user, server, outbox))
        }
        _ if all_delivered => Ok(()),
        _ => Err("not everything was delivered".to_owned().into()),
    }
}

struct Chat {
    client: Client,
    account: Account,
    interactive: bool,
    /// Where what is not delivered waits for the next run.
    outbox: Option<PathBuf>,
    peer: Option<String>,
    where_to: String,
    names: Names,
    screen: Screen,
    status: Status,
    earlier: Earlier,
    logins: JoinSet<Result<LoggedIn, LoginError>>,
    on_the_way: JoinSet<Sent>,
    /// What the server answers, in words.
    answers: JoinSet<String>,
}

/// What became of a message that was typed.
struct Sent {
    to: String,
    text: String,
    outcome: Result<(), SendError>,
}

impl Chat {
    async fn run(&mut self, mut events: Events, mut keyboard: Keyboard) -> Outcome {
        let mut stop = std::pin::pin!(shutdown::requested());
        let mut asked = false;
        self.log_in();
        loop {
            tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                Some(event) = events.recv() => self.handle_event(event, asked)?,
                Some(Ok(login)) = self.logins.join_next() => match login {
                    Ok(logged_in) => {
                        let line = self.earlier.set_count(logged_in.restored);
                        self.say(line);
                    }
                    Err(error @ LoginError::Storage(_)) => {
                        return Err(not_logged_in(&error).into());
                    }
                    // The others came as events.
                    Err(_) => {}
                },
                Some(Ok(sent)) = self.on_the_way.join_next() => self.settle(&sent),
                Some(Ok(answer)) = self.answers.join_next() => self.screen.status(&answer),
                input = keyboard.next(), if asked && self.on_the_way.len() < WINDOW => {
                    asked = false;
                    match input {
                        Input::Line(line) if self.handle_line(&line) => {}
                        Input::Line(_) | Input::End => break,
                        Input::Interrupt => return Ok(()),
                    }
                }
            }
            // Nothing is typed before the first login: until then Ctrl-C is the terminal's own.
            let is_closed = self.client.state() == State::Closed && self.logins.is_empty();
            if !asked && (self.was_online() || is_closed) {
                asked = true;
                let prompt = self
                    .screen
                    .prompt(self.account.user_id(), self.peer.as_deref());
                keyboard.ask(prompt);
            }
        }
        self.leave(events).await
    }

    fn was_online(&self) -> bool {
        self.status.was_online()
    }

    /// Begins to log in; how it ends comes as an event, but if it cannot begin.
    fn log_in(&mut self) {
        let (client, account) = (self.client.clone(), self.account.clone());
        self.logins
            .spawn(async move { client.login(account).await });
    }

    fn handle_event(&mut self, event: Event, talking: bool) -> Outcome {
        let line = self.status.line(&self.client, &event);
        self.say(line);
        let line = self.earlier.line(&event);
        self.say(line);
        self.say(presence::line(&event));
        if ends_session(&event) {
            if !(self.interactive && talking) {
                return Err("the session has ended".to_owned().into());
            }
            self.screen.status("/login logs in again, /quit leaves");
        }
        if let Event::Message { message, .. } = event {
            self.show(&message);
        }
        Ok(())
    }

    fn show(&mut self, message: &Message<'_>) {
        if let Some(change) = conversations::change(message) {
            return self.screen.status(&change);
        }
        let from = match message.from.as_deref() {
            None | Some(SERVER) => "server",
            Some(from) => from,
        };
        self.names.add(from);
        self.screen.message(
            &sender(message, from, self.account.user_id()),
            message.content.as_deref().unwrap_or_default(),
        );
    }

    /// Does what a line says; `false` if it says to leave.
    fn handle_line(&mut self, line: &str) -> bool {
        match Line::parse(line) {
            Line::Nothing => {}
            Line::Say(text) => match self.peer.clone() {
                Some(peer) => self.send(peer, text),
                None => self.screen.status("to whom? /to NAME, or @NAME TEXT"),
            },
            Line::SayTo(name, text) => {
                self.peer = Some(name.to_owned());
                self.send(name.to_owned(), text);
            }
            Line::To(name) => {
                self.names.add(name);
                self.peer = Some(name.to_owned());
                if !self.interactive {
                    self.screen.status(&format!("to {name}"));
                }
            }
            Line::Who => self.screen.status(&format!(
                "{} on {}: {}, {} on the way",
                self.account.user_id(),
                self.where_to,
                in_words(self.client.state()),
                messages(self.on_the_way.len()),
            )),
            Line::WhoIsIn(group) => {
                let (client, group) = (self.client.clone(), group.to_owned());
                self.answers.spawn(conversations::who(client, group));
            }
            Line::Group(act, group, users) => {
                let users = users.into_iter().map(str::to_owned).collect();
                let (client, group) = (self.client.clone(), group.to_owned());
                self.answers
                    .spawn(conversations::change_group(client, act, group, users));
            }
            Line::WhoIs(user) => {
                let (client, user) = (self.client.clone(), user.to_owned());
                self.answers.spawn(presence::who(client, user));
            }
            Line::Conversations => {
                self.answers.spawn(conversations::list(self.client.clone()));
            }
            Line::History(with) => {
                let (client, with) = (self.client.clone(), with.to_owned());
                self.answers.spawn(conversations::history(client, with));
            }
            Line::Devices => {
                self.answers.spawn(devices::list(self.client.clone()));
            }
            Line::RemoveDevice(id) => {
                let (client, id) = (self.client.clone(), id.to_owned());
                self.answers.spawn(devices::remove(client, id));
            }
            Line::Login => self.log_in(),
            Line::Help => self.screen.status(HELP),
            Line::Quit => return false,
            Line::Unknown(line) => self
                .screen
                .status(&format!("{line}? /help says what there is")),
        }
        true
    }

    fn send(&mut self, to: String, text: &str) {
        self.names.add(&to);
        let text = text.to_owned();
        let delivery = self.client.send(Draft::new(&to, &text));
        self.earlier.add_own(delivery.fp());
        self.on_the_way.spawn(async move {
            let outcome = delivery.await;
            Sent { to, text, outcome }
        });
    }

    fn say(&self, line: Option<String>) {
        if let Some(line) = line {
            self.screen.status(&line);
        }
    }

    fn settle(&self, sent: &Sent) {
        match &sent.outcome {
            Ok(()) => self.screen.delivered(&sent.to, &sent.text),
            Err(SendError::Stopped | SendError::SessionEnded) if self.outbox.is_some() => {
                let why = "not yet delivered, kept";
                self.screen.failed(&sent.to, &sent.text, why);
            }
            Err(error) => self.screen.failed(&sent.to, &sent.text, &error.to_string()),
        }
    }

    /// Waits a while for what is not yet delivered.
    async fn leave(&mut self, mut events: Events) -> Outcome {
        let settle = async {
            while !self.on_the_way.is_empty() || !self.answers.is_empty() {
                tokio::select! {
                    Some(event) = events.recv() => self.handle_event(event, false)?,
                    Some(Ok(sent)) = self.on_the_way.join_next() => self.settle(&sent),
                    Some(Ok(answer)) = self.answers.join_next() => self.screen.status(&answer),
                }
            }
            Ok(())
        };
        tokio::select! {
            settled = settle => settled,
            () = tokio::time::sleep(LEAVE_WITHIN) => Ok(()),
            () = shutdown::requested() => Ok(()),
        }
    }
}

fn in_words(state: State) -> &'static str {
    match state {
        State::Offline => "offline",
        State::Connecting => "connecting",
        State::LoggingIn => "logging in",
        State::Online => "online",
        State::Waiting => "waiting to reconnect",
        State::Closed => "logged out",
    }
}
