//! A client that lives through everything, on a device or without one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mobileim_client::{Account, Client, Device, Draft, Event, Events, LoginError, ServerAddress};
use mobileim_tests::{Ledger, within};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A user's client, whose account has what each reader is to be shown.
pub(crate) struct Held {
    pub(crate) user: String,
    /// Which one of the user's devices it is on, if it has any.
    pub(crate) number: Option<usize>,
    pub(crate) client: Client,
    ledger: Arc<Ledger>,
}

impl Held {
    pub(crate) fn new(
        user: &str,
        number: Option<usize>,
        server: ServerAddress,
        ledger: &Arc<Ledger>,
    ) -> Self {
        let mut builder = Client::builder(server)
            .reconnect_waits(Duration::from_millis(20), Duration::from_millis(200));
        if let Some(number) = number {
            builder = builder.device(Device::new(format!("device-{number}")));
        }
        let (client, events) = builder.spawn();
        tokio::spawn(listen(name(user, number), events, Arc::clone(ledger)));
        Self {
            user: user.to_owned(),
            number,
            client,
            ledger: Arc::clone(ledger),
        }
    }

    /// As the ledger knows it.
    pub(crate) fn name(&self) -> String {
        name(&self.user, self.number)
    }

    pub(crate) fn begin_login(&self) {
        let (client, ledger) = (self.client.clone(), Arc::clone(&self.ledger));
        let user = self.user.clone();
        tokio::spawn(async move {
            match client.login(Account::new(&*user, "token")).await {
                Ok(_) | Err(LoginError::LoggedOut | LoginError::Stopped) => {}
                Err(error) => ledger.trouble(format!("{user} is not let in: {error}")),
            }
        });
    }

    pub(crate) async fn login(&self) {
        let login = self.client.login(Account::new(&*self.user, "token"));
        within("login", login).await.expect("any token is good");
    }

    /// Sends messages that these are to be shown, with so many unacknowledged at a time, until `stop` is true; ends when all are
    /// acknowledged.
    pub(crate) fn talk(
        &self,
        to: &str,
        readers: Vec<String>,
        window: usize,
        mut stop: watch::Receiver<bool>,
    ) -> JoinHandle<()> {
        let (from, to) = (self.name(), to.to_owned());
        let account = format!("{from}>{to}");
        let (client, ledger) = (self.client.clone(), Arc::clone(&self.ledger));
        tokio::spawn(async move {
            let mut on_the_way = FuturesUnordered::new();
            loop {
                while on_the_way.len() < window && !*stop.borrow() {
                    let send = |reader: &String| ledger.send(&account, reader);
                    // The same for all.
                    let numbers: Vec<_> = readers.iter().map(send).collect();
                    let number = numbers[0];
                    let delivery = client.send(Draft::new(&*to, format!("{from} {number}")));
                    on_the_way.push(async move { (number, delivery.await) });
                }
                tokio::select! {
                    delivered = on_the_way.next() => match delivered {
                        Some((number, Ok(()))) => {
                            for reader in &readers {
                                ledger.acknowledge(&account, reader, number);
                            }
                        }
                        Some((number, Err(error))) => {
                            ledger.trouble(format!("{account}: {number}: {error}"));
                        }
                        None => return,
                    },
                    // Looked at above.
                    Ok(()) = stop.changed() => {}
                }
            }
        })
    }
}

/// What the ledger calls a user's client.
pub(crate) fn name(user: &str, number: Option<usize>) -> String {
    match number {
        Some(number) => format!("{user}.{number}"),
        None => user.to_owned(),
    }
}

async fn listen(reader: String, mut events: Events, ledger: Arc<Ledger>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Message { message, .. } => {
                let to = message.to.as_deref().unwrap_or_default();
                let content = message.content.as_deref().unwrap_or_default();
                match content
                    .split_once(' ')
                    .map(|(from, number)| (from, number.parse()))
                {
                    Some((from, Ok(number))) => {
                        ledger.show(&format!("{from}>{to}"), &reader, number);
                    }
                    // What the server says of a group.
                    _ if message.from.as_deref() == Some("0") && to.starts_with('#') => {}
                    _ => ledger.trouble(format!("{reader} hears {message:?}")),
                }
            }
            Event::LinkLost { .. } => ledger.lose_link(),
            Event::KickedOut { .. }
            | Event::LoginRefused { .. }
            | Event::Lost { .. }
            | Event::Missed { .. }
            | Event::ServerError { .. }
            | Event::BadMessage(_) => ledger.trouble(format!("{reader}: {event:?}")),
            _ => {}
        }
    }
}
