//! The server is killed under load while users have three devices each, of which one comes and goes.
//!
//! Each device of a receiver's, and each other one of the sender's, is to be shown each message once, those of one device to one user in
//! order. So the ledger has an account for each of them: "ann.0>bob" to "bob.2".

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mobileim_client::{Account, Client, Device, Draft, Event, Events, LoginError, ServerAddress};
use mobileim_test_postgres::Cluster;
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, seed, within};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{go_on, settle};

const USERS: [&str; 4] = ["ann", "bob", "cem", "dan"];
const DEVICES: usize = 3;

/// How often the server is killed.
const KILLS: usize = 12;

/// How many acknowledgements there are between two kills, each counted for each device that it is about.
const ROUND: std::ops::Range<usize> = 1500..3000;

/// A device of a user's, with a real client that lives through everything.
struct Held {
    user: &'static str,
    number: usize,
    client: Client,
    ledger: Arc<Ledger>,
}

impl Held {
    fn new(user: &'static str, number: usize, server: ServerAddress, ledger: &Arc<Ledger>) -> Self {
        let (client, events) = Client::builder(server)
            .reconnect_waits(Duration::from_millis(20), Duration::from_millis(200))
            .device(Device::new(format!("device-{number}")))
            .spawn();
        tokio::spawn(listen(name(user, number), events, Arc::clone(ledger)));
        Self {
            user,
            number,
            client,
            ledger: Arc::clone(ledger),
        }
    }

    fn begin_login(&self) {
        let (client, ledger, user) = (self.client.clone(), Arc::clone(&self.ledger), self.user);
        tokio::spawn(async move {
            match client.login(Account::new(user, "token")).await {
                Ok(_) | Err(LoginError::LoggedOut | LoginError::Stopped) => {}
                Err(error) => ledger.trouble(format!("{user} is not let in: {error}")),
            }
        });
    }

    async fn login(&self) {
        let login = self.client.login(Account::new(self.user, "token"));
        within("login", login).await.expect("any token is good");
    }

    /// Sends messages, with this many unacknowledged at a time, until `stop` is true; ends when all are acknowledged.
    fn talk(
        &self,
        to: &'static str,
        window: usize,
        mut stop: watch::Receiver<bool>,
    ) -> JoinHandle<()> {
        let from = name(self.user, self.number);
        let account = format!("{from}>{to}");
        let mut readers: Vec<_> = (0..DEVICES).map(|number| name(to, number)).collect();
        let others = (0..DEVICES).filter(|number| *number != self.number);
        readers.extend(others.map(|number| name(self.user, number)));
        let (client, ledger) = (self.client.clone(), Arc::clone(&self.ledger));
        tokio::spawn(async move {
            let mut on_the_way = FuturesUnordered::new();
            loop {
                while on_the_way.len() < window && !*stop.borrow() {
                    let send = |reader: &String| ledger.send(&account, reader);
                    // The same for all.
                    let numbers: Vec<_> = readers.iter().map(send).collect();
                    let number = numbers[0];
                    let delivery = client.send(Draft::new(to, format!("{from} {number}")));
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

fn name(user: &str, number: usize) -> String {
    format!("{user}.{number}")
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

async fn every_device_is_shown_everything_once(mut server: ServerProgram) {
    let mut rng = fastrand::Rng::with_seed(seed());
    let ledger = Arc::new(Ledger::default());
    let stop = watch::Sender::new(false);
    let mut devices = Vec::new();
    for (index, user) in USERS.into_iter().enumerate() {
        for number in 0..DEVICES {
            let transport = ALL_TRANSPORTS[(index + number) % ALL_TRANSPORTS.len()];
            let device = Held::new(user, number, server.address(transport), &ledger);
            // Known from now on.
            device.login().await;
            devices.push(device);
        }
    }
    let mut talks = Vec::new();
    let mut windows = [1, 8, 64].into_iter().cycle();
    for device in &devices {
        let others = USERS.into_iter().filter(|user| *user != device.user);
        // The last device comes and goes, and says nothing.
        if device.number + 1 < DEVICES {
            for to in others {
                let window = windows.next().expect("they go round");
                talks.push(device.talk(to, window, stop.subscribe()));
            }
        }
    }
    let comes_and_goes = |device: &&Held| device.number + 1 == DEVICES;
    let mut away = vec![false; USERS.len()];
    for kill in 1..=KILLS {
        for (device, away) in devices.iter().filter(comes_and_goes).zip(&mut away) {
            if rng.bool() {
                continue;
            }
            if *away {
                device.begin_login();
            } else {
                within("logout", device.client.logout()).await;
            }
            *away = !*away;
        }
        if kill % 3 == 0 {
            // While everybody logs in and fetches what was stored.
            tokio::time::sleep(Duration::from_millis(rng.u64(..200))).await;
        } else {
            go_on(&ledger, rng.usize(ROUND)).await;
        }
        server.kill().await;
        server.start_again().await;
    }
    stop.send_replace(true);
    for (device, _) in devices
        .iter()
        .filter(comes_and_goes)
        .zip(&away)
        .filter(|(_, away)| **away)
    {
        device.begin_login();
    }
    let verdict = settle(&ledger).await;
    for talk in talks {
        within("end of a talk", talk).await.expect("it ends well");
    }
    println!("{KILLS} kills, {} devices: {verdict}", devices.len());
    server.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_with_three_devices_have_everything_on_each_though_the_server_is_killed_on_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--devices-sessions", "per-device"];
    every_device_is_shown_everything_once(ServerProgram::start(data.path(), &arguments).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_with_three_devices_have_everything_on_each_though_the_server_is_killed_on_postgres()
{
    let database = Cluster::shared().create_database();
    let data = tempfile::tempdir().unwrap();
    let arguments = [
        "--devices-sessions",
        "per-device",
        "--database-url",
        &database.url,
    ];
    every_device_is_shown_everything_once(ServerProgram::start(data.path(), &arguments).await)
        .await;
}
