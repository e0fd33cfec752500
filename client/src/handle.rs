//! The handle that applications hold.

use std::sync::{Arc, Mutex, PoisonError};

use mobileim_protocol::client::{Draft, State};
use tokio::sync::{mpsc, oneshot, watch};

use crate::account::Account;
use crate::address::ServerAddress;
use crate::builder::Builder;
use crate::delivery::Delivery;
use crate::error::{LoginError, SendError};
use crate::questions::Question;
use crate::random;

/// A handle to one client; clones are handles to the same.
///
/// When the last one is dropped, the client's task closes the link and ends. That is no logout: to the server it
/// looks like a crash, and what is unacknowledged stays in the [`Storage`](crate::Storage).
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::UnboundedSender<Command>,
    state: watch::Receiver<State>,
    shared: Shared,
}

/// What a handle asks of the client's task.
#[derive(Debug)]
pub(crate) enum Command {
    Login {
        account: Account,
        reply: oneshot::Sender<Result<LoggedIn, LoginError>>,
    },
    Send {
        draft: Draft,
        reply: oneshot::Sender<Result<(), SendError>>,
    },
    Ask(Question),
    Signal(String),
    Logout {
        done: oneshot::Sender<()>,
    },
    Leave {
        done: oneshot::Sender<Left>,
    },
    NetworkChanged {
        available: bool,
    },
}

/// What the client's task leaves for handles to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared {
    link_error: Arc<Mutex<Option<Arc<str>>>>,
}

impl Shared {
    pub(crate) fn set_link_error(&self, error: &str) {
        *self.lock() = Some(error.into());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.link_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server's answer to a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedIn {
    /// Server time of the first login of this session, in ms since 1970. Stays the same through reconnects.
    pub first_login_time: i64,
    /// How many messages of earlier runs of the application, out of the [`Storage`](crate::Storage), go out now.
    pub restored: usize,
}

/// What [`Client::leave`] left in the [`Storage`](crate::Storage) for the next run of the application; nothing
/// if there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Messages that are not acknowledged, and will be sent.
    pub outbox: usize,
    /// Received messages that the application has not [handled](crate::Events), and will be told of.
    pub inbox: usize,
}

impl Client {
    /// Begins a client of the server at this address.
    pub fn builder(address: ServerAddress) -> Builder {
        Builder::new(address)
    }

    pub(crate) fn new(
        commands: mpsc::UnboundedSender<Command>,
        state: watch::Receiver<State>,
        shared: Shared,
    ) -> Self {
        Self {
            commands,
            state,
            shared,
        }
    }

    /// Logs in, and stays logged in: from then on the client reconnects by itself.
    ///
    /// Resolves when the server has answered. While it cannot be reached, the client keeps trying; put a time-out
    /// around it if that is too long, and [`Client::logout`] to make it stop. A caller that goes away stops
    /// nothing.
    pub async fn login(&self, account: Account) -> Result<LoggedIn, LoginError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Login { account, reply });
        answer.await.unwrap_or(Err(LoginError::Stopped))
    }

    /// Sends a message, now or as soon as there is a link. Messages to the same receiver arrive in the order in
    /// which `send` was called; nothing has to be awaited for that.
    pub fn send(&self, mut draft: Draft) -> Delivery {
        let fp = draft.fp.get_or_insert_with(random::fingerprint).clone();
        let (reply, outcome) = oneshot::channel();
        self.command(Command::Send { draft, reply });
        Delivery::new(fp, outcome)
    }

    /// Ends the session for good, and gives up what is unacknowledged. Resolves when the server has been told, as
    /// far as it can be reached.
    pub async fn logout(&self) {
        let (done, logged_out) = oneshot::channel();
        self.command(Command::Logout { done });
        // An error means that the task has ended: so has the session.
        let _ = logged_out.await;
    }

    /// Ends the session and the client, but not what is in the [`Storage`](crate::Storage), which is released: what
    /// is unacknowledged goes out when the same user logs in again in the next run of the application. Without a
    /// storage that is given up, as with [`Client::logout`].
    ///
    /// Everybody who waits is told that the client has [stopped](SendError::Stopped), and so is who calls
    /// anything later.
    pub async fn leave(&self) -> Left {
        let (done, left) = oneshot::channel();
        self.command(Command::Leave { done });
        left.await.unwrap_or_default()
    }

    /// Where the client stands.
    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Where the client stands, from now on.
    pub fn watch_state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Why the last link could not be opened or broke, in words for people.
    pub fn last_link_error(&self) -> Option<Arc<str>> {
        self.shared.lock().clone()
    }

    /// A hint that the machine's network, or the machine itself, is back (`true`) or gone (`false`): an open link
    /// is checked, a waiting client reconnects at once.
    pub fn network_changed(&self, available: bool) {
        self.command(Command::NetworkChanged { available });
    }

    pub(crate) fn command(&self, command: Command) {
        // If the task has ended, the command's reply is dropped here, which says so.
        let _ = self.commands.send(command);
    }
}
