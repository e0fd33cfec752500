//! Somebody with a client.

use std::path::Path;
use std::time::Duration;

use mobileim_client::{
    Account, Builder, Client, Draft, Event, Events, LoggedIn, LoginError, Message, ServerAddress,
};

use crate::within::within;

/// Somebody who talks, and remembers what happens.
pub struct Person {
    /// The user id.
    pub name: String,
    /// The handle.
    pub client: Client,
    events: Events,
}

impl Person {
    /// Somebody who does not wait long before reconnecting, and is not logged in.
    pub fn new(name: impl Into<String>, server: ServerAddress) -> Self {
        Self::with(name, Client::builder(server))
    }

    fn with(name: impl Into<String>, builder: Builder) -> Self {
        let (client, events) = builder
            .reconnect_waits(Duration::from_millis(20), Duration::from_millis(100))
            .spawn();
        Self {
            name: name.into(),
            client,
            events,
        }
    }

    /// The same, who trusts the certificates in a file and nobody else.
    pub fn trusting(name: impl Into<String>, server: ServerAddress, ca: &Path) -> Self {
        let builder = Client::builder(server).ca_file(ca);
        Self::with(name, builder.expect("it is a certificate"))
    }

    /// The same, logged in.
    pub async fn online(name: impl Into<String>, server: ServerAddress) -> Self {
        let person = Self::new(name, server);
        person.login("token").await.expect("the token is good");
        person
    }

    /// Logs in with a token.
    pub async fn login(&self, token: &str) -> Result<LoggedIn, LoginError> {
        let account = Account::new(&self.name, token);
        within("login", self.client.login(account)).await
    }

    /// Sends a text and waits until it is delivered.
    pub async fn tell(&self, to: &str, text: &str) {
        let delivery = self.client.send(Draft::new(to, text));
        within("delivery", delivery).await.expect("it is delivered");
    }

    /// The next event for which `select` has something.
    pub async fn until<T>(&mut self, what: &str, select: impl Fn(Event) -> Option<T>) -> T {
        let what = format!("{} of {}", what, self.name);
        within(&what, async {
            loop {
                let event = self.events.recv().await.expect("the client runs");
                if let Some(selected) = select(event) {
                    return selected;
                }
            }
        })
        .await
    }

    /// The next message.
    pub async fn hear(&mut self) -> Message<'static> {
        self.until("message", |event| match event {
            Event::Message { message, .. } => Some(message),
            _ => None,
        })
        .await
    }

    /// The next messages are these texts of that sender, in that order.
    pub async fn hears(&mut self, from: &str, texts: impl IntoIterator<Item = impl AsRef<str>>) {
        for text in texts {
            let message = self.hear().await;
            assert_eq!(message.from.as_deref(), Some(from));
            assert_eq!(message.content.as_deref(), Some(text.as_ref()));
        }
    }

    /// Logs out. Every message that came must have been heard before.
    pub async fn leave(mut self) {
        within("logout", self.client.logout()).await;
        drop(self.client);
        while let Some(event) = within("end of the events", self.events.recv()).await {
            assert!(
                !matches!(event, Event::Message { .. }),
                "{}: {event:?}",
                self.name
            );
        }
    }
}
