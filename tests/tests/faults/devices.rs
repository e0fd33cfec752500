//! The server is killed under load while users have three devices each, of which one comes and goes.
//!
//! Each device of a receiver's, and each other one of the sender's, is to be shown each message once, those of one device to one user in
//! order. So the ledger has an account for each of them: "ann.0>bob" to "bob.2".

use std::sync::Arc;
use std::time::Duration;

use mobileim_test_postgres::Cluster;
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, seed, within};
use tokio::sync::watch;

use crate::held::{Held, name};
use crate::{go_on, settle};

const USERS: [&str; 4] = ["ann", "bob", "cem", "dan"];
const DEVICES: usize = 3;

/// How often the server is killed.
const KILLS: usize = 12;

/// How many acknowledgements there are between two kills, each counted for each device that it is about.
const ROUND: std::ops::Range<usize> = 1500..3000;

async fn every_device_is_shown_everything_once(mut server: ServerProgram) {
    let mut rng = fastrand::Rng::with_seed(seed());
    let ledger = Arc::new(Ledger::default());
    let stop = watch::Sender::new(false);
    let mut devices = Vec::new();
    for (index, user) in USERS.into_iter().enumerate() {
        for number in 0..DEVICES {
            let transport = ALL_TRANSPORTS[(index + number) % ALL_TRANSPORTS.len()];
            let device = Held::new(user, Some(number), server.address(transport), &ledger);
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
        if device.number.is_some_and(|number| number + 1 < DEVICES) {
            for to in others {
                let window = windows.next().expect("they go round");
                let readers = [to, &device.user].into_iter();
                let readers = readers.flat_map(|user| (0..DEVICES).map(|of| name(user, Some(of))));
                let readers = readers.filter(|reader| *reader != device.name());
                talks.push(device.talk(to, readers.collect(), window, stop.subscribe()));
            }
        }
    }
    let comes_and_goes = |device: &&Held| device.number == Some(DEVICES - 1);
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
