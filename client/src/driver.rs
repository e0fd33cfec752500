//! The task behind the handles: it owns the engine, the link and the clock.
//!
//! Commands, reports of the link, tokens and the alarm each become one call of the engine, after which its
//! outputs are drained and acted on.

mod presence;

use mobileim_protocol::client::{Client as Engine, Config, Event, LinkId, Output, State};
use mobileim_protocol::{Instant, decode};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant as TokioInstant;
use tracing::{debug, warn};

use crate::account::{Account, TokenError, TokenProvider};
use crate::alarm::Alarm;
use crate::error::{LoginError, SendError};
use crate::events::Incoming;
use crate::handle::{Command, Left, LoggedIn, Shared};
use crate::link::{Connector, Link, LinkEvent, LinkReport, Outgoing};
use crate::persistence::{Persistence, Taken};
use crate::storage::StorageError;
use crate::waiters::Waiters;

/// Reports that wait for the engine at most; then the link is not read, and the server has to wait.
const REPORTS: usize = 64;

/// How many messages of the application wait for the disk together at most.
const TAKEN: usize = 1024;

pub(crate) struct Driver {
    engine: Engine,
    /// The engine's epoch.
    started: TokioInstant,
    waiters: Waiters,
    connector: Connector,
    link: Option<Link>,
    /// Links that still send what they had to send.
    closing: JoinSet<()>,
    reports: mpsc::Sender<LinkReport>,
    report_receiver: mpsc::Receiver<LinkReport>,
    token_provider: Option<TokenProvider>,
    tokens: JoinSet<(LinkId, Result<String, TokenError>)>,
    persistence: Persistence,
    /// Messages of the application that the engine does not have yet.
    taken: Vec<Taken>,
    /// What is not to be done before what was received is safe.
    held: Vec<Action>,
    /// Whose stored messages the engine has.
    restored: Option<String>,
    first_login_time: i64,
    shared: Shared,
    events: mpsc::UnboundedSender<Incoming>,
    /// Whether the application reads them; closed when it has dropped them.
    is_read: watch::Receiver<bool>,
    /// Whether it has.
    are_dropped: bool,
    state: watch::Sender<State>,
    /// Callers of `logout`, until the links are closed.
    logging_out: Vec<oneshot::Sender<()>>,
    /// The caller of `leave`, with what it is told.
    leaving: Option<(oneshot::Sender<Left>, Left)>,
    alarm: Alarm,
}

/// An output, with the hash of the message in it if that is stored until it is handled.
type Action = (Output, Option<u64>);

impl Driver {
    pub(crate) fn new(
        config: Config,
        connector: Connector,
        persistence: Persistence,
        shared: Shared,
        events: mpsc::UnboundedSender<Incoming>,
        is_read: watch::Receiver<bool>,
        state: watch::Sender<State>,
    ) -> Self {
        let (reports, report_receiver) = mpsc::channel(REPORTS);
        Self {
            engine: Engine::new(config),
            started: TokioInstant::now(),
            waiters: Waiters::default(),
            connector,
            link: None,
            closing: JoinSet::new(),
            reports,
            report_receiver,
            token_provider: None,
            tokens: JoinSet::new(),
            persistence,
            taken: Vec::new(),
            held: Vec::new(),
            restored: None,
            first_login_time: 0,
            shared,
            events,
            is_read,
            are_dropped: false,
            state,
            logging_out: Vec::new(),
            leaving: None,
            alarm: Alarm::new(),
        }
    }

    /// Runs until the last handle is dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        self.listen();
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.handle_commands(command, &mut commands).await,
                    None => break,
                },
                Some(report) = self.report_receiver.recv() => self.handle_reports(report),
                Some(token) = self.tokens.join_next() => {
                    // A provider that panics is one that fails; the panic itself was printed by its thread.
                    if let Ok((link, token)) = token {
                        self.handle_token(link, token);
                    }
                }
                Some(_) = self.closing.join_next() => {}
                changed = self.is_read.changed(), if !self.are_dropped => {
                    self.are_dropped = changed.is_err();
                    self.listen();
                }
                () = self.alarm.fired() => {
                    let now = self.now();
                    self.engine.handle_timeout(now);
                }
            }
            self.drain();
            self.release_held().await;
            if self.leaving.is_some() {
                break;
            }
            if self.closing.is_empty() {
                for done in self.logging_out.drain(..) {
                    // Whoever asked may have gone away.
                    let _ = done.send(());
                }
            }
        }
        // Links that wait to be heard have nobody to hear them.
        self.report_receiver.close();
        self.close_link();
        while self.closing.join_next().await.is_some() {}
        if let Some((done, left)) = self.leaving {
            let _ = done.send(left);
        }
    }

    /// Handles this command and what was asked meanwhile: messages in a row wait for the disk together.
    async fn handle_commands(
        &mut self,
        first: Command,
        commands: &mut mpsc::UnboundedReceiver<Command>,
    ) {
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::Send { draft, reply } => {
                    if self.taken.is_empty() && self.persistence.is_on() {
                        // What is delivered makes the application send more, which then need not wait for
                        // another sync.
                        self.handle_waiting_reports();
                        tokio::task::yield_now().await;
                    }
                    let checked = draft.check_refs();
                    match checked.and_then(|()| self.engine.prepare(draft)) {
                        Ok(message) => self.taken.push(Taken::new(message, reply)),
                        Err(error) => {
                            let _ = reply.send(Err(error.into()));
                        }
                    }
                }
                command => {
                    self.send_taken().await;
                    self.release_held().await;
                    self.handle_command(command);
                    break;
                }
            }
            next = (self.taken.len() < TAKEN)
                .then(|| commands.try_recv().ok())
                .flatten();
        }
        self.send_taken().await;
    }

    fn handle_command(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Login { account, reply } => self.log_in(account, reply),
            Command::Send { .. } => unreachable!("messages are taken together"),
            Command::Ask(question) => question.ask(now, &mut self.engine, &mut self.waiters),
            Command::Signal(signal) => self.engine.signal(now, &signal),
            Command::Logout { done } => {
                self.engine.logout(now);
                self.waiters.log_out();
                self.logging_out.push(done);
            }
            Command::Leave { done } => self.leave(done),
            Command::NetworkChanged { available } => self.engine.handle_network(now, available),
        }
    }

    /// Tells the engine whether received messages have somewhere to go: into the storage, or to who reads the events.
    fn listen(&mut self) {
        let is_read = *self.is_read.borrow() && !self.are_dropped;
        let listening = is_read || self.persistence.is_on();
        let now = self.now();
        self.engine.handle_listening(now, listening);
    }

    fn leave(&mut self, done: oneshot::Sender<Left>) {
        let mut left = Left::default();
        if self.persistence.is_on() {
            left.outbox = self.engine.pending();
            left.inbox = self.persistence.not_handled();
            // The logout gives up what is unacknowledged: that must not reach the storage, nor those who wait.
            self.persistence.release();
            self.waiters = Waiters::default();
        }
        let now = self.now();
        self.engine.logout(now);
        self.waiters.log_out();
        self.leaving = Some((done, left));
    }

    fn log_in(&mut self, account: Account, reply: oneshot::Sender<Result<LoggedIn, LoginError>>) {
        let now = self.now();
        let (account, token_provider) = account.into_parts();
        if let Err(error) = self.engine.login(now, account) {
            let _ = reply.send(Err(error.into()));
            return;
        }
        self.token_provider = token_provider;
        // What is said of another user's messages must reach storage before it is read.
        self.drain();
        match self.restore() {
            Ok(restored) => self.waiters.add_restored(restored),
            Err(error) => {
                let now = self.now();
                self.engine.logout(now);
                let _ = reply.send(Err(LoginError::Storage(error)));
                return;
            }
        }
        if self.engine.state() == State::Online {
            let _ = reply.send(Ok(LoggedIn {
                first_login_time: self.first_login_time,
                restored: 0,
            }));
        } else {
            self.waiters.add_login(reply);
        }
    }

    /// Hands the engine and the application what earlier runs left, once for each user. Says how many messages are
    /// to be sent.
    fn restore(&mut self) -> Result<usize, StorageError> {
        let user_id = self.engine.user_id().map(ToOwned::to_owned);
        if self.restored == user_id {
            return Ok(0);
        }
        let now = self.now();
        // Should it fail, nobody's are here.
        self.restored = None;
        let stored = self
            .persistence
            .load(user_id.as_deref().unwrap_or_default())?;
        self.restored = user_id;
        self.engine.restore_received(stored.received);
        for body in stored.outbox {
            if let Err(error) = self.engine.restore(now, &body) {
                warn!("a stored message cannot be sent, and is left where it is: {error}");
            }
            self.drain();
        }
        for (hash, body) in stored.inbox {
            match decode(body.as_bytes()) {
                Ok(message) => {
                    let message = message.into_owned();
                    let hash = Some(hash);
                    self.tell(Event::Message { message, hash }, hash);
                }
                Err(error) => {
                    warn!("a stored message cannot be read, and is left where it is: {error}");
                }
            }
        }
        Ok(self.engine.pending())
    }

    /// Hands the engine the messages that were taken, once they are stored. It never has one that is not.
    async fn send_taken(&mut self) {
        let mut taken = std::mem::take(&mut self.taken);
        if let Some(user_id) = self.engine.user_id() {
            self.persistence.persist(user_id, &mut taken).await;
        }
        let now = self.now();
        for Taken {
            message,
            reply,
            stored,
        } in taken.drain(..)
        {
            let is_stored = match stored {
                Ok(is_stored) => is_stored,
                Err(error) => {
                    let _ = reply.send(Err(SendError::NotStored(error)));
                    continue;
                }
            };
            let (has_qos, fp) = (message.has_qos(), message.fp().to_owned());
            match self.engine.send(now, message) {
                Ok(()) if has_qos => self.waiters.add_delivery(fp, reply),
                Ok(()) => {
                    let _ = reply.send(Ok(()));
                }
                Err(error) => {
                    if is_stored {
                        self.persistence.forget(&fp);
                    }
                    let _ = reply.send(Err(error.into()));
                }
            }
            self.drain();
        }
        // Its room is of use again.
        self.taken = taken;
    }

    /// Handles this report; if something was received, those that wait too: messages in a row wait for the disk
    /// together.
    fn handle_reports(&mut self, first: LinkReport) {
        self.handle_report(first);
        self.drain();
        if self.persistence.is_dirty() {
            self.handle_waiting_reports();
        }
    }

    fn handle_waiting_reports(&mut self) {
        for _ in 0..REPORTS {
            let Ok(report) = self.report_receiver.try_recv() else {
                break;
            };
            self.handle_report(report);
            self.drain();
        }
    }

    fn handle_report(&mut self, LinkReport { link, event }: LinkReport) {
        let now = self.now();
        match event {
            LinkEvent::Connected => {
                if let Some(current) = self.link.as_mut().filter(|it| it.id() == link) {
                    current.set_connected();
                }
                self.engine.handle_connected(now, link);
            }
            LinkEvent::Received(body) => self.engine.handle_message(now, link, &body),
            LinkEvent::Closed(error) => {
                if self.link.take_if(|it| it.id() == link).is_some() {
                    debug!(link = link.0, error, "link closed");
                    self.shared.set_link_error(&error);
                }
                self.engine.handle_disconnected(now, link);
            }
        }
    }

    fn handle_token(&mut self, link: LinkId, token: Result<String, TokenError>) {
        let now = self.now();
        match token {
            Ok(token) => self.engine.handle_token(now, link, token),
            Err(error) => {
                warn!(error, "no token");
                self.shared.set_link_error(&format!("no token: {error}"));
                self.engine.handle_token_failure(now, link);
            }
        }
    }

    /// Stores what the engine wants stored, and sets the alarm; does the rest that it asks for, in order, as soon as
    /// nothing has to be safe before.
    fn drain(&mut self) {
        loop {
            let output = self.engine.poll_output();
            let mut hash = None;
            match &output {
                Output::Timeout(deadline) => {
                    let at = deadline.map(|deadline| deadline.at);
                    return self.alarm.set(self.started, at);
                }
                Output::Event(Event::Message {
                    message,
                    hash: Some(received),
                }) => {
                    let user_id = self.engine.user_id().unwrap_or_default();
                    let is_stored = self.persistence.receive(user_id, *received, message);
                    hash = is_stored.then_some(*received);
                }
                Output::Event(Event::Delivered { fp }) => self.persistence.forget(fp),
                Output::Event(Event::Lost { message, .. }) => {
                    let fp = message.fp.as_deref();
                    self.persistence.forget(fp.unwrap_or_default());
                }
                _ => {}
            }
            if self.persistence.is_dirty() || !self.held.is_empty() {
                self.held.push((output, hash));
            } else {
                self.act(output, hash);
            }
        }
    }

    /// Does what was held back, once what was received is safe.
    async fn release_held(&mut self) {
        if self.persistence.is_dirty() {
            self.persistence.sync().await;
        }
        for (output, hash) in std::mem::take(&mut self.held) {
            self.act(output, hash);
        }
    }

    fn act(&mut self, output: Output, hash: Option<u64>) {
        match output {
            Output::Connect { link } => {
                self.close_link();
                let reports = self.reports.clone();
                let connector = self.connector.clone();
                let address = self.engine.address();
                self.link = Some(Link::open(link, connector, address, reports));
            }
            Output::RequestToken { link } => self.request_token(link),
            Output::Transmit { link, body } => {
                if let Some(current) = self.link.as_ref().filter(|it| it.id() == link) {
                    let cut = self.engine.cuts_bodies();
                    current.transmit(Outgoing { body, cut });
                }
            }
            Output::Disconnect { .. } => self.close_link(),
            Output::Event(event) => self.tell(event, hash),
            Output::Timeout(_) => unreachable!("it ends the outputs"),
        }
    }

    /// Tells the application, and whoever waits.
    fn tell(&mut self, event: Event, hash: Option<u64>) {
        match event {
            Event::StateChanged(state) => {
                self.state.send_replace(state);
            }
            Event::LoggedIn {
                first_login_time, ..
            } => self.begin_session(first_login_time),
            Event::Answered { id, answer } => return self.answered(&id, answer),
            _ => {}
        }
        // What is left to the next run is not lost.
        if matches!(event, Event::Lost { .. }) && self.has_left_something() {
            return;
        }
        self.waiters.notice(&event);
        // An application that dropped its `Events` wants none.
        let _ = self.events.send(Incoming { event, hash });
    }

    fn request_token(&mut self, link: LinkId) {
        // What an older link still waits for is of no use any more.
        self.tokens.abort_all();
        if let Some(provider) = &self.token_provider {
            let token = provider.request();
            self.tokens.spawn(async move { (link, token.await) });
        }
    }

    fn has_left_something(&self) -> bool {
        self.leaving
            .as_ref()
            .is_some_and(|(_, left)| left.outbox > 0)
    }

    fn close_link(&mut self) {
        if let Some(link) = self.link.take() {
            self.closing.spawn(link.close());
        }
    }

    fn now(&self) -> Instant {
        let micros = self.started.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}
