//! People who chat all the time, and how long each message takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mobileim_client::{Account, Client, Draft, Event, Events, ServerAddress};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::within::within;

/// Two people on one transport; one talks, the other listens.
pub struct Pair {
    what: String,
    record: Arc<Record>,
    stop: watch::Sender<bool>,
    talking: JoinHandle<()>,
    /// Leaving would be the end of a session.
    _clients: [Client; 2],
}

#[derive(Default)]
struct Record {
    messages: Mutex<Vec<Message>>,
    heard: watch::Sender<usize>,
    troubles: Mutex<Vec<String>>,
}

struct Message {
    sent: Instant,
    /// How long it took; `None` while it is on its way.
    took: Option<Duration>,
}

/// How long the messages took that were sent in a time, in order.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Pair {
    /// Both log in, and one begins to talk: something with each `pace`.
    pub async fn meet(
        what: impl Into<String>,
        server: &ServerAddress,
        token: Token,
        pace: Duration,
    ) -> Self {
        let what = what.into();
        let record = Arc::new(Record::default());
        let mut clients = Vec::new();
        let names = [format!("{what}-talker"), format!("{what}-listener")];
        for name in &names {
            let (client, events) = Client::builder(server.clone()).spawn();
            let account = Account::new(name, token(name));
            let login = within("login", client.login(account)).await;
            login.expect("the token is good");
            tokio::spawn(listen(name.clone(), events, Arc::clone(&record)));
            clients.push(client);
        }
        let [talker, listener] = clients.try_into().expect("there are two");
        let (stop, stopped) = watch::channel(false);
        let [_, to] = names;
        let talking = tokio::spawn(talk(talker.clone(), to, pace, Arc::clone(&record), stopped));
        Self {
            what,
            record,
            stop,
            talking,
            _clients: [talker, listener],
        }
    }

    /// Waits until so many messages have been sent since, and all of those have come.
    pub async fn go_on_for(&self, more: usize) {
        let target = self.said() + more;
        let mut heard = self.record.heard.subscribe();
        // In order, so that as many have been heard as the last one's number says.
        let waiting = heard.wait_for(|heard| *heard >= target);
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        let came = *self.record.heard.borrow();
        let waited = waited.unwrap_or_else(|_| panic!("{}: {came} of {target} came", self.what));
        waited.expect("the record is kept");
    }

    /// How many messages were sent so far.
    pub fn said(&self) -> usize {
        self.record.messages.lock().len()
    }

    /// The times of those that were sent after the first number, and before the second.
    pub fn times(&self, from: usize, to: usize) -> Times {
        let messages = self.record.messages.lock();
        let times = messages[from..to].iter().filter_map(|message| message.took);
        Times(times.collect()).sorted()
    }

    /// Both fall silent. All that was sent has been acknowledged and has come, and nothing else has happened to them.
    pub async fn part(self) {
        self.stop.send_replace(true);
        within("the last acknowledgement", self.talking)
            .await
            .expect("talking does not panic");
        let sent = self.record.messages.lock().len();
        let mut heard = self.record.heard.subscribe();
        let all = within("the last message", heard.wait_for(|heard| *heard >= sent));
        all.await.expect("the record is kept");
        let troubles = self.record.troubles.lock();
        assert!(troubles.is_empty(), "{}: {troubles:?}", self.what);
    }
}

/// Gives a user's token.
pub type Token = fn(&str) -> String;

async fn talk(
    client: Client,
    to: String,
    pace: Duration,
    record: Arc<Record>,
    mut stop: watch::Receiver<bool>,
) {
    let mut pace = tokio::time::interval(pace);
    let mut on_their_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            _ = pace.tick(), if !*stop.borrow() => {
                let number = {
                    let mut messages = record.messages.lock();
                    messages.push(Message { sent: Instant::now(), took: None });
                    messages.len() - 1
                };
                on_their_way.push(client.send(Draft::new(&to, number.to_string())));
            }
            Some(delivered) = on_their_way.next() => if let Err(error) = delivered {
                record.trouble(format!("to {to}: {error}"));
            },
            Ok(()) = stop.changed() => {}
            else => return,
        }
        if *stop.borrow() && on_their_way.is_empty() {
            return;
        }
    }
}

async fn listen(name: String, mut events: Events, record: Arc<Record>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Message { message, .. } => record.hear(message.content.as_deref()),
            Event::LinkLost { .. }
            | Event::KickedOut { .. }
            | Event::LoginRefused { .. }
            | Event::Lost { .. }
            | Event::ServerError { .. }
            | Event::BadMessage(_) => record.trouble(format!("{name}: {event:?}")),
            _ => {}
        }
    }
}

impl Record {
    fn hear(&self, text: Option<&str>) {
        let mut messages = self.messages.lock();
        let number = text.and_then(|text| text.parse::<usize>().ok());
        let message = number.and_then(|number| messages.get_mut(number));
        let Some(message) = message.filter(|message| message.took.is_none()) else {
            drop(messages);
            return self.trouble(format!("{text:?} is nobody's, or comes again"));
        };
        message.took = Some(message.sent.elapsed());
        drop(messages);
        self.heard.send_modify(|heard| *heard += 1);
    }

    fn trouble(&self, what: String) {
        eprintln!("trouble: {what}");
        self.troubles.lock().push(what);
    }
}

impl Times {
    /// Those of several pairs.
    pub fn of_all(pairs: impl IntoIterator<Item = Self>) -> Self {
        Self(pairs.into_iter().flat_map(|times| times.0).collect()).sorted()
    }

    fn sorted(mut self) -> Self {
        self.0.sort_unstable();
        self
    }

    /// The time that so many of a thousand were not longer than.
    pub fn of_thousand(&self, part: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let index = (self.0.len() * part / 1000).min(last);
        self.0.get(index).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
