//! The server is killed under load while people write in groups: some have three devices each, some have one client, some come when all
//! is over.
//!
//! Every reader of a group is to be shown each message once, those of one device in order: all devices of its members but the one that
//! has sent it. So the ledger has an account for each of them: "ann.0>#few" to "cem.2".

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_server::auth::ApiKeys;
use mobileim_test_postgres::Cluster;
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, free_address, seed, within};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::events::ask;
use crate::held::{Held, name};
use crate::{PATIENCE, go_on, settle};

/// Who has three devices, of which the last comes and goes.
const WITH_DEVICES: [&str; 3] = ["ann", "bob", "cem"];
const DEVICES: usize = 3;

/// How many have one client each, which is online from the start.
const ONLINE: usize = 9;

/// The groups, with how many members they have, and of how many it is seen what they have in the end: the others never come.
const GROUPS: [(&str, usize, usize); 3] = [("#few", 3, 3), ("#fifty", 50, 50), ("#many", 500, 50)];

/// How often the server is killed.
const KILLS: usize = 12;

/// How many acknowledgements there are between two kills, each counted for each reader.
const ROUND: std::ops::Range<usize> = 8000..24_000;

/// The members of a group of so many: those with devices, those who are online, and others.
fn members(count: usize) -> impl Iterator<Item = String> {
    let with_devices = WITH_DEVICES.map(ToOwned::to_owned).into_iter();
    let others = (0..).map(|number| format!("user-{number}"));
    with_devices.chain(others).take(count)
}

/// What the ledger calls the clients of those who are seen in a group.
fn readers(seen: usize) -> impl Iterator<Item = String> {
    members(seen).flat_map(|user| {
        let has_devices = WITH_DEVICES.contains(&&*user);
        let numbers = if has_devices {
            (0..DEVICES).map(Some).collect()
        } else {
            vec![None]
        };
        numbers.into_iter().map(move |number| name(&user, number))
    })
}

/// A server with groups, and those who read and write in them.
struct Scene {
    server: ServerProgram,
    /// Where the server has its file.
    _data: TempDir,
    ledger: Arc<Ledger>,
    rng: fastrand::Rng,
    people: Vec<Held>,
    /// Whether each of those who come and go is away.
    away: Vec<bool>,
}

impl Scene {
    async fn set(more_args: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let keys = data.path().join("keys");
        let key = ApiKeys::make("test", "groups:write").unwrap();
        std::fs::write(&keys, format!("{}\n", key.line)).unwrap();
        let api = free_address();
        let (keys, api_address) = (keys.to_str().unwrap(), api.to_string());
        let mut args = vec![
            "--groups-enabled",
            "--devices-sessions=per-device",
            "--api-keys-file",
            keys,
            "--api",
            &api_address,
        ];
        args.extend(more_args);
        let server = ServerProgram::start(data.path(), &args).await;
        let mut scene = Self {
            server,
            _data: data,
            ledger: Arc::default(),
            rng: fastrand::Rng::with_seed(seed()),
            people: Vec::new(),
            away: vec![false; WITH_DEVICES.len()],
        };
        for user in WITH_DEVICES {
            for number in 0..DEVICES {
                // Known from now on.
                scene.come(user, Some(number)).login().await;
            }
        }
        for user in members(WITH_DEVICES.len() + ONLINE).skip(WITH_DEVICES.len()) {
            scene.come(&user, None).login().await;
        }
        for (group, count, _) in GROUPS {
            make_group(api, &key.key, group, count).await;
        }
        scene
    }

    /// A client of a user's, which is not online yet.
    fn come(&mut self, user: &str, number: Option<usize>) -> &Held {
        let transport = ALL_TRANSPORTS[self.people.len() % ALL_TRANSPORTS.len()];
        let address = self.server.address(transport);
        let held = Held::new(user, number, address, &self.ledger);
        self.people.push(held);
        self.people.last().expect("it was put there")
    }

    /// Those who say something do until they are to stop.
    fn talk(&self, stop: &watch::Sender<bool>) -> Vec<JoinHandle<()>> {
        let mut talks = Vec::new();
        let mut windows = [1, 4, 16].into_iter().cycle();
        for (index, held) in self.people.iter().enumerate() {
            if held.number == Some(DEVICES - 1) {
                continue;
            }
            let is_member = |count: usize| members(count).any(|user| user == held.user);
            for (group, _, seen) in GROUPS.into_iter().filter(|group| is_member(group.1)) {
                // In the large ones, every third says something.
                if group == GROUPS[0].0 || index % 3 == 0 {
                    let readers = readers(seen).filter(|reader| *reader != held.name());
                    let window = windows.next().expect("they go round");
                    talks.push(held.talk(group, readers.collect(), window, stop.subscribe()));
                }
            }
        }
        talks
    }

    /// Some of the devices that come and go do.
    async fn turn_over(&mut self) {
        let people = self.people.iter();
        let comers = people.filter(|held| held.number == Some(DEVICES - 1));
        for (held, away) in comers.zip(&mut self.away) {
            if self.rng.bool() {
                continue;
            }
            if *away {
                held.begin_login();
            } else {
                within("logout", held.client.logout()).await;
            }
            *away = !*away;
        }
    }

    /// Everybody who was away comes, who is seen at all.
    fn bring_all(&mut self) {
        let comers = self.people.iter();
        let comers = comers.filter(|held| held.number == Some(DEVICES - 1));
        for (held, away) in comers.zip(&self.away) {
            if *away {
                held.begin_login();
            }
        }
        let seen = GROUPS.into_iter().map(|(.., seen)| seen).max();
        let others = members(seen.unwrap_or(0)).skip(WITH_DEVICES.len() + ONLINE);
        for user in others {
            self.come(&user, None).begin_login();
        }
    }
}

async fn make_group(api: SocketAddr, key: &str, id: &str, count: usize) {
    let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    let members: Vec<_> = members(count).map(|user| json!({ "user": user })).collect();
    let group = json!({ "id": id, "members": members }).to_string();
    let made = ask(api, "POST", "/api/v1/groups", &headers, &group).await;
    let made = made.expect("the server answers");
    assert_eq!(made["members"], count, "{made}");
}

async fn every_reader_is_shown_everything_once(more_args: &[&str]) {
    let mut scene = Scene::set(more_args).await;
    let stop = watch::Sender::new(false);
    let talks = scene.talk(&stop);
    for kill in 1..=KILLS {
        scene.turn_over().await;
        if kill % 3 == 0 {
            // While everybody logs in and reads what was written.
            tokio::time::sleep(Duration::from_millis(scene.rng.u64(..200))).await;
        } else {
            go_on(&scene.ledger, scene.rng.usize(ROUND)).await;
        }
        scene.server.kill().await;
        scene.server.start_again().await;
    }
    stop.send_replace(true);
    for talk in talks {
        let ended = tokio::time::timeout(PATIENCE, talk).await;
        let ended = ended.expect("everything is acknowledged");
        ended.expect("it ends well");
    }
    scene.bring_all();
    let verdict = settle(&scene.ledger).await;
    println!("{KILLS} kills, {} clients: {verdict}", scene.people.len());
    scene.server.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_groups_have_everything_once_though_the_server_is_killed_on_sqlite() {
    every_reader_is_shown_everything_once(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_groups_have_everything_once_though_the_server_is_killed_on_postgres() {
    let database = Cluster::shared().create_database();
    every_reader_is_shown_everything_once(&["--database-url", &database.url]).await;
}
