//! People who were there before, and chat on every transport.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mobileim_client::{Account, Client, Draft, Event, Events, ServerAddress};
use mobileim_protocol::Transport;
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::server::Server;

/// How often somebody says something.
const PACE: Duration = Duration::from_millis(10);
/// A bound on the wait for what is still under way.
const PATIENCE: Duration = Duration::from_secs(60);

/// When a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    During,
    After,
}

/// How long the messages of a phase took, from the sender's call to the receiver's application.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Times {
    messages: usize,
    p50_micros: u64,
    p99_micros: u64,
    max_micros: u64,
}

pub(super) struct People {
    runtime: Runtime,
    clients: Vec<Client>,
    talking: JoinSet<Result<(), String>>,
    records: Vec<(Transport, Arc<Record>)>,
    phase: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// What one says to another: when, in which phase, and how long it took.
#[derive(Default)]
struct Record {
    said: Mutex<Vec<(Instant, usize, Option<Duration>)>>,
    trouble: Mutex<Option<String>>,
}

impl People {
    pub(super) fn meet(
        server: &Server,
        pairs: u32,
        token: fn(&str) -> String,
    ) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (phase, stop) = (Arc::default(), Arc::default());
        let mut people = Self {
            clients: Vec::new(),
            talking: JoinSet::new(),
            records: Vec::new(),
            runtime,
            phase,
            stop,
        };
        for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
            for pair in 0..pairs {
                people.meet_two(server, transport, pair, token)?;
            }
        }
        Ok(people)
    }

    fn meet_two(
        &mut self,
        server: &Server,
        transport: Transport,
        pair: u32,
        token: fn(&str) -> String,
    ) -> Result<(), Box<dyn Error>> {
        let address = ServerAddress::from_socket_addr(transport, server.address(transport)?);
        let record = Arc::<Record>::default();
        let names = ["talker", "listener"].map(|who| format!("{transport}-{who}-{pair}"));
        let guard = self.runtime.enter();
        for name in &names {
            let (client, events) = Client::builder(address.clone()).spawn();
            let account = Account::new(name, token(name));
            self.runtime.block_on(client.login(account))?;
            tokio::spawn(listen(events, Arc::clone(&record)));
            self.clients.push(client);
        }
        let talker = self.clients[self.clients.len() - 2].clone();
        let [_, to] = names;
        let (phase, stop) = (Arc::clone(&self.phase), Arc::clone(&self.stop));
        self.talking
            .spawn(talk(talker, to, Arc::clone(&record), phase, stop));
        self.records.push((transport, record));
        drop(guard);
        Ok(())
    }

    /// What is said from now on is of this phase.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as usize, Ordering::Relaxed);
    }

    /// All fall silent. Fails unless all that was said has come, once, and nobody has lost the link.
    #[expect(clippy::type_complexity, reason = "three phases for each transport")]
    pub(super) fn part(mut self) -> Result<Vec<(String, [Times; 3])>, Box<dyn Error>> {
        self.stop.store(true, Ordering::Relaxed);
        self.runtime.block_on(async {
            while let Some(done) = self.talking.join_next().await {
                done.map_err(|error| error.to_string())??;
            }
            Ok::<_, String>(())
        })?;
        let mut all = Vec::new();
        for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
            let records = self.records.iter().filter(|record| record.0 == transport);
            let records: Vec<_> = records.map(|record| &record.1).collect();
            for record in &records {
                if let Some(trouble) = record.lock_trouble().take() {
                    return Err(trouble.into());
                }
            }
            let times = [Phase::Before, Phase::During, Phase::After];
            all.push((
                transport.to_string(),
                times.map(|phase| Times::of(&records, phase as usize)),
            ));
        }
        Ok(all)
    }
}

impl Record {
    fn lock_trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_said(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, usize, Option<Duration>)>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, text: Option<&str>) {
        let number = text.and_then(|text| text.parse::<usize>().ok());
        let mut said = self.lock_said();
        match number.and_then(|number| said.get_mut(number)) {
            Some((sent, _, took @ None)) => *took = Some(sent.elapsed()),
            _ => *self.lock_trouble() = Some(format!("{text:?} is nobody's, or comes again")),
        }
    }
}

async fn talk(
    client: Client,
    to: String,
    record: Arc<Record>,
    phase: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) -> Result<(), String> {
    let mut pace = tokio::time::interval(PACE);
    let mut under_way = JoinSet::new();
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let number = {
            let mut said = record.lock_said();
            said.push((Instant::now(), phase.load(Ordering::Relaxed), None));
            said.len() - 1
        };
        under_way.spawn(client.send(Draft::new(&to, number.to_string())));
        while under_way.try_join_next().is_some() {}
    }
    let all = async { while under_way.join_next().await.is_some() {} };
    let acknowledged = tokio::time::timeout(PATIENCE, all).await;
    acknowledged.map_err(|_| format!("to {to}: not all is acknowledged"))?;
    let missing = record
        .lock_said()
        .iter()
        .filter(|(.., took)| took.is_none())
        .count();
    if missing > 0 {
        return Err(format!("to {to}: {missing} never came"));
    }
    Ok(())
}

async fn listen(mut events: Events, record: Arc<Record>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Message { message, .. } => record.hear(message.content.as_deref()),
            Event::LinkLost { .. } | Event::KickedOut { .. } | Event::Lost { .. } => {
                *record.lock_trouble() = Some(format!("{event:?}"));
            }
            _ => {}
        }
    }
}

impl Times {
    fn of(records: &[&Arc<Record>], phase: usize) -> Self {
        let mut micros = Vec::new();
        for record in records {
            let said = record.lock_said();
            let of_phase = said.iter().filter(|message| message.1 == phase);
            micros.extend(
                of_phase
                    .filter_map(|message| message.2)
                    .map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            );
        }
        micros.sort_unstable();
        let at = |percent: usize| {
            let index = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
            micros.get(index).copied().unwrap_or_default()
        };
        Self {
            messages: micros.len(),
            p50_micros: at(50),
            p99_micros: at(99),
            max_micros: at(100),
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |micros: u64| format!("{}.{}", micros / 1000, micros % 1000 / 100);
        let [half, most, all] = [self.p50_micros, self.p99_micros, self.max_micros].map(millis);
        write!(f, "{half}, {most}, {all} ms of {}", self.messages)
    }
}
