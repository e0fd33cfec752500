//! Somebody who talks without end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mobileim_client::{Account, Builder, Client, Draft, Event, Events, LoginError, ServerAddress};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::ledger::Ledger;
use crate::within::within;

/// Somebody with a real client, whose messages are numbers, and who tells a [`Ledger`] everything.
///
/// The client lives as long as the talker: through logouts, lost links and restarts of the server.
pub struct Talker {
    name: String,
    client: Client,
    ledger: Arc<Ledger>,
}

impl Talker {
    /// Somebody who does not wait long before reconnecting, and is not logged in.
    pub fn new(name: impl Into<String>, server: ServerAddress, ledger: &Arc<Ledger>) -> Self {
        Self::of(name, Client::builder(server), ledger)
    }

    /// The same, with the addresses of two servers.
    pub fn of_two(
        name: impl Into<String>,
        [server, standby]: [ServerAddress; 2],
        ledger: &Arc<Ledger>,
    ) -> Self {
        let builder = Client::builder(server).or_at(standby);
        Self::of(name, builder.expect("they have one transport"), ledger)
    }

    fn of(name: impl Into<String>, builder: Builder, ledger: &Arc<Ledger>) -> Self {
        let (client, events) = builder
            .reconnect_waits(Duration::from_millis(20), Duration::from_millis(200))
            .spawn();
        let name = name.into();
        tokio::spawn(listen(name.clone(), events, Arc::clone(ledger)));
        Self {
            name,
            client,
            ledger: Arc::clone(ledger),
        }
    }

    /// The user id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Begins to log in, and does not wait until the server can be reached.
    pub fn begin_login(&self) {
        let (name, client, ledger) = (
            self.name.clone(),
            self.client.clone(),
            Arc::clone(&self.ledger),
        );
        tokio::spawn(async move {
            match client.login(Account::new(&name, "token")).await {
                Ok(_) | Err(LoginError::LoggedOut | LoginError::Stopped) => {}
                Err(error) => ledger.trouble(format!("{name} is not let in: {error}")),
            }
        });
    }

    /// Logs in, or stays so; gives the time of the first login.
    pub async fn login(&self) -> i64 {
        let account = Account::new(&self.name, "token");
        let login = within("login", self.client.login(account)).await;
        login.expect("any token is good").first_login_time
    }

    /// Logs out.
    pub async fn logout(&self) {
        within("logout", self.client.logout()).await;
    }

    /// Sends one message.
    pub fn say(&self, to: &str) -> JoinHandle<()> {
        let number = self.ledger.send(&self.name, to);
        let delivery = self.client.send(Draft::new(to, number.to_string()));
        let (from, to, ledger) = (self.name.clone(), to.to_owned(), Arc::clone(&self.ledger));
        tokio::spawn(async move {
            match delivery.await {
                Ok(()) => ledger.acknowledge(&from, &to, number),
                Err(error) => ledger.trouble(format!("{from} to {to}: {number}: {error}")),
            }
        })
    }

    /// Sends messages, with this many unacknowledged at a time, until `stop` is true; ends when all are acknowledged.
    pub fn talk(
        &self,
        to: impl Into<String>,
        window: usize,
        mut stop: watch::Receiver<bool>,
    ) -> JoinHandle<()> {
        let (from, to) = (self.name.clone(), to.into());
        let (client, ledger) = (self.client.clone(), Arc::clone(&self.ledger));
        tokio::spawn(async move {
            let mut on_the_way = FuturesUnordered::new();
            loop {
                while on_the_way.len() < window && !*stop.borrow() {
                    let number = ledger.send(&from, &to);
                    let delivery = client.send(Draft::new(&to, number.to_string()));
                    on_the_way.push(async move { (number, delivery.await) });
                }
                tokio::select! {
                    delivered = on_the_way.next() => match delivered {
                        Some((number, Ok(()))) => ledger.acknowledge(&from, &to, number),
                        Some((number, Err(error))) => {
                            ledger.trouble(format!("{from} to {to}: {number}: {error}"));
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

async fn listen(name: String, mut events: Events, ledger: Arc<Ledger>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Message { message, .. } => {
                let from = message.from.as_deref().unwrap_or_default();
                match message.content.as_deref().map(str::parse) {
                    Some(Ok(number)) => ledger.show(from, &name, number),
                    _ => ledger.trouble(format!("{name} hears {message:?}")),
                }
            }
            Event::LinkLost { .. } => ledger.lose_link(),
            Event::KickedOut { .. }
            | Event::LoginRefused { .. }
            | Event::Lost { .. }
            | Event::ServerError { .. }
            | Event::BadMessage(_) => ledger.trouble(format!("{name}: {event:?}")),
            _ => {}
        }
    }
}
