//! The task behind the handles: it owns the engine, the link and the clock.
//!
//! Commands, reports of the link, tokens and the timer each become one call of the engine, after which its
//! outputs are drained and acted on.

use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::client::{Client as Engine, Config, Draft, Event, LinkId, Output, State};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, Sleep};
use tracing::{debug, warn};

use crate::account::{Account, TokenError, TokenProvider};
use crate::error::{LoginError, SendError};
use crate::handle::{Command, LoggedIn, Shared};
use crate::link::{Connector, Link, LinkEvent, LinkReport};
use crate::storage::Storage;
use crate::waiters::Waiters;

/// Reports that wait for the engine at most; then the link is not read, and the server has to wait.
const REPORTS: usize = 64;

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
    storage: Option<Box<dyn Storage>>,
    /// Whose stored messages the engine has.
    restored: Option<String>,
    first_login_time: i64,
    shared: Shared,
    events: mpsc::UnboundedSender<Event>,
    state: watch::Sender<State>,
    /// Callers of `logout`, until the links are closed.
    logging_out: Vec<oneshot::Sender<()>>,
    timer: Timer,
}

impl Driver {
    pub(crate) fn new(
        config: Config,
        connector: Connector,
        storage: Option<Box<dyn Storage>>,
        shared: Shared,
        events: mpsc::UnboundedSender<Event>,
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
            storage,
            restored: None,
            first_login_time: 0,
            shared,
            events,
            state,
            logging_out: Vec::new(),
            timer: Timer::new(),
        }
    }

    /// Runs until the last handle is dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.handle_command(command),
                    None => break,
                },
                Some(report) = self.report_receiver.recv() => self.handle_report(report),
                Some(token) = self.tokens.join_next() => {
                    // A provider that panics is one that fails; the panic itself was printed by its thread.
                    if let Ok((link, token)) = token {
                        self.handle_token(link, token);
                    }
                }
                Some(_) = self.closing.join_next() => {}
                () = self.timer.fired() => {
                    let now = self.now();
                    self.engine.handle_timeout(now);
                }
            }
            self.drain();
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
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Login { account, reply } => self.log_in(account, reply),
            Command::Send { draft, reply } => self.send(draft, reply),
            Command::Logout { done } => {
                let now = self.now();
                self.engine.logout(now);
                self.waiters.log_out();
                self.logging_out.push(done);
            }
            Command::NetworkChanged { available } => {
                let now = self.now();
                self.engine.handle_network(now, available);
            }
        }
    }

    fn log_in(&mut self, account: Account, reply: oneshot::Sender<Result<LoggedIn, LoginError>>) {
        let now = self.now();
        let (account, token_provider) = account.into_parts();
        if let Err(error) = self.engine.login(now, account) {
            let _ = reply.send(Err(error.into()));
            return;
        }
        self.token_provider = token_provider;
        if self.engine.state() == State::Online {
            let first_login_time = self.first_login_time;
            let _ = reply.send(Ok(LoggedIn { first_login_time }));
        } else {
            self.waiters.add_login(reply);
        }
        // What is said of another user's messages must reach storage before it is read.
        self.drain();
        self.restore();
    }

    /// Hands the engine what an earlier run left, once for each user.
    fn restore(&mut self) {
        let user_id = self.engine.user_id().map(ToOwned::to_owned);
        if self.restored == user_id {
            return;
        }
        let now = self.now();
        if let (Some(storage), Some(user_id)) = (&mut self.storage, &user_id) {
            let stored = storage.load(user_id);
            self.engine.restore_received(stored.received);
            for body in stored.outbox {
                if let Err(error) = self.engine.restore(now, &body) {
                    warn!(%error, "a stored message is left alone");
                }
            }
        }
        self.restored = user_id;
    }

    fn send(&mut self, draft: Draft, reply: oneshot::Sender<Result<(), SendError>>) {
        let now = self.now();
        let qos = draft.qos;
        match self.engine.send(now, draft) {
            Ok(fp) if qos => self.waiters.add_delivery(fp, reply),
            Ok(_) => {
                let _ = reply.send(Ok(()));
            }
            Err(error) => {
                let _ = reply.send(Err(error.into()));
            }
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

    /// Does all that the engine asks for, and sets the timer.
    fn drain(&mut self) {
        loop {
            match self.engine.poll_output() {
                Output::Timeout(deadline) => return self.timer.set(self.started, deadline),
                Output::Connect { link } => {
                    self.close_link();
                    let reports = self.reports.clone();
                    self.link = Some(Link::open(link, self.connector.clone(), reports));
                }
                Output::RequestToken { link } => self.request_token(link),
                Output::Transmit { link, body } => {
                    if let Some(current) = self.link.as_ref().filter(|it| it.id() == link) {
                        current.transmit(body);
                    }
                }
                Output::Disconnect { .. } => self.close_link(),
                Output::Persist { fp, body } => {
                    let user_id = self.engine.user_id().unwrap_or_default();
                    if let Some(storage) = &mut self.storage {
                        storage.persist(user_id, &fp, &body);
                    }
                }
                Output::Forget { fp } => {
                    if let Some(storage) = &mut self.storage {
                        storage.forget(&fp);
                    }
                }
                Output::Remember { hash } => {
                    let user_id = self.engine.user_id().unwrap_or_default();
                    if let Some(storage) = &mut self.storage {
                        storage.remember(user_id, hash);
                    }
                }
                Output::Event(event) => self.handle_event(event),
                output => warn!(?output, "not understood"),
            }
        }
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::StateChanged(state) => {
                self.state.send_replace(state);
            }
            Event::LoggedIn {
                first_login_time, ..
            } => self.first_login_time = first_login_time,
            _ => {}
        }
        self.waiters.notice(&event);
        // An application that dropped its `Events` wants none.
        let _ = self.events.send(event);
    }

    fn request_token(&mut self, link: LinkId) {
        // What an older link still waits for is of no use any more.
        self.tokens.abort_all();
        if let Some(provider) = &self.token_provider {
            let token = provider.request();
            self.tokens.spawn(async move { (link, token.await) });
        }
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

/// One sleep, moved only when the engine's deadline is another one.
struct Timer {
    deadline: Option<Instant>,
    sleep: std::pin::Pin<Box<Sleep>>,
}

impl Timer {
    fn new() -> Self {
        Self {
            deadline: None,
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    fn set(&mut self, epoch: TokioInstant, deadline: Option<Instant>) {
        if self.deadline == deadline {
            return;
        }
        self.deadline = deadline;
        if let Some(deadline) = deadline {
            let at = epoch + Duration::from_micros(deadline.as_micros());
            self.sleep.as_mut().reset(at);
        }
    }

    /// Waits for the deadline; for ever where there is none.
    async fn fired(&mut self) {
        if self.deadline.is_none() {
            std::future::pending::<()>().await;
        }
        self.sleep.as_mut().await;
        // Whatever comes next is another deadline, even if it is the same instant.
        self.deadline = None;
    }
}
