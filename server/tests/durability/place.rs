//! Where a server under test keeps messages.

use std::path::Path;
use std::process::Command;

use mobileim_test_postgres::{Cluster, Database};
use tempfile::TempDir;

pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres(Database),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A database of the server that the tests of this process share.
    pub(crate) fn postgres() -> Self {
        Self::Postgres(Cluster::shared().create_database())
    }

    /// The program, told to keep messages here.
    pub(crate) fn command(&self) -> Command {
        match self {
            Self::Sqlite(directory) => in_directory(directory.path()),
            Self::Postgres(database) => in_database(&database.url),
        }
    }
}

pub(crate) fn in_directory(directory: &Path) -> Command {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_mobileim-server")));
    command.env("MOBILEIM_DATA_DIR", directory);
    command
}

pub(crate) fn in_database(url: &str) -> Command {
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_mobileim-server")));
    command.env("MOBILEIM_DATABASE_URL", url);
    command
}

/// A program that runs the server, with its flags.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOBILEIM_")) {
        command.env_remove(name);
    }
    command
        .args(["--dev", "--udp=off", "--ws=off", "--http=127.0.0.1:0"])
        .args(["--tcp", "127.0.0.1:0"])
        // As much as the disk takes.
        .args(["--message-rate", "unlimited"]);
    command
}
