//! What storing an acknowledged message takes: receivers are offline.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use mobileim_protocol::Transport;
use mobileim_test_postgres::Cluster;
use serde::Serialize;

use crate::messages::{self, Load, Receivers, Shape};
use crate::server::Server;

/// A store that outlives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// What was measured of one store.
#[derive(Debug, Serialize)]
pub(crate) struct Durable {
    pub(crate) store: Store,
    pub(crate) load: Load,
    pub(crate) commits: u64,
    pub(crate) commits_per_second: f64,
}

/// How often the disk is asked to keep something, to see how long it takes.
const SYNCS: usize = 200;

impl Store {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// Has senders send messages to receivers that are offline until all are acknowledged, with a store of its own in
/// a new folder.
pub(crate) fn measure(
    binary: &Path,
    pass_on: &[String],
    store: Store,
    shape: Shape,
) -> Result<Durable, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    // Ends when this function does, after the server.
    let cluster;
    let variable: (&str, OsString) = match store {
        Store::Sqlite => ("MOBILEIM_DATA_DIR", folder.path().into()),
        Store::Postgres => {
            cluster = Cluster::start();
            (
                "MOBILEIM_DATABASE_URL",
                cluster.create_database().url.into(),
            )
        }
    };
    // Whoever wants more messages than a user may have waiting wants to measure them.
    let unlimited = ("MOBILEIM_MAX_STORED", "unlimited".into());
    let server = Server::start_with_log(binary, pass_on, [variable, unlimited])?;
    let load = messages::measure(&server, Transport::Tcp, shape, Receivers::Offline)?;
    let log = server.stop()?;
    let stored = counted(&log, "stored")?;
    if stored != u64::from(shape.messages) {
        return Err(format!("{stored} of {} messages were stored", shape.messages).into());
    }
    let commits = counted(&log, "commits")?;
    Ok(Durable {
        store,
        commits,
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        commits_per_second: commits as f64 / load.seconds,
        load,
    })
}

/// How long the disk of the temporary folder takes to keep a page: what each commit waits for at least.
pub(crate) fn sync_time() -> io::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("page"))?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[SYNCS / 2])
}

/// What the server's last lines say of its store.
fn counted(log: &str, name: &str) -> Result<u64, String> {
    let prefix = format!("{name}=");
    log.lines()
        .rev()
        .filter(|line| line.contains("the message store"))
        .find_map(|line| {
            line.split_whitespace()
                .find_map(|word| word.strip_prefix(&prefix)?.parse().ok())
        })
        .ok_or_else(|| format!("the server's log does not say how many were {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_found_in_the_log() {
        let log = "… INFO …: SIGTERM: stopping\n… INFO …: the message store /d is closed stored=10 commits=2 refused=0\n";
        assert_eq!(counted(log, "stored"), Ok(10));
        assert_eq!(counted(log, "commits"), Ok(2));
        assert!(counted(log, "lost").is_err());
    }
}
