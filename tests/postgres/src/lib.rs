//! A PostgreSQL server of a test's own: in a new folder, on a free port of the loopback interface, run by an
//! unprivileged user, gone when the test is, however it ends.

mod program;
mod supervisor;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use program::Programs;
use supervisor::Supervisor;

/// The user that owns everything.
const ADMIN: &str = "admin";
/// The user that owns the databases, and nothing else.
const USER: &str = "mobileim";
const PASSWORD: &str = "not-a-secret";

/// How long a server may take to begin to serve, after a crash too.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a port is tried that somebody else has taken meanwhile.
const PORTS: usize = 5;

/// A server with its own data.
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    supervisor: Mutex<Supervisor>,
    databases: AtomicU32,
}

/// A database of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// How to connect to it, password included.
    pub url: String,
}

impl Cluster {
    /// Makes one and starts it.
    ///
    /// # Panics
    ///
    /// Where that is not possible; the text says what is to be done.
    pub fn start() -> Self {
        let programs = Programs::find();
        let folder = make_folder(&programs);
        init(&programs, &folder);
        for _ in 0..PORTS {
            let port = free_port();
            let supervisor = Supervisor::new(&programs, &folder, port);
            let cluster = Self {
                programs: programs.clone(),
                folder: folder.clone(),
                port,
                supervisor: Mutex::new(supervisor),
                databases: AtomicU32::new(0),
            };
            if cluster.start_again_if_port_is_free() {
                cluster.run_as_admin(&format!("CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"));
                return cluster;
            }
            // Its supervisor must not take the folder along.
            cluster.lock().keep_folder();
        }
        panic!("no port was free for PostgreSQL")
    }

    /// The one that the tests of this process share; it ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);
        &SHARED
    }

    /// A new database, with nothing in it.
    pub fn create_database(&self) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        self.run_as_admin(&format!("CREATE DATABASE {name} OWNER {USER}"));
        Database {
            url: self.url(USER, PASSWORD, &name),
            name,
        }
    }

    /// An address on this server.
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{user}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// Where the server listens, on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its data is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs SQL as the databases' owner; gives what it prints, columns separated by `|`.
    pub fn run(&self, database: &Database, sql: &str) -> String {
        self.programs.psql(&database.url, sql)
    }

    /// Runs SQL as somebody who may do anything.
    pub fn run_as_admin(&self, sql: &str) -> String {
        let url = self.url(ADMIN, PASSWORD, "postgres");
        self.programs.psql(&url, sql)
    }

    /// Ends the server as a crash would: nothing is finished, nobody is told.
    pub fn crash(&self) {
        self.lock().stop();
    }

    /// Starts it again after a crash, on the same port, and waits until it serves.
    pub fn start_again(&self) {
        assert!(
            self.start_again_if_port_is_free(),
            "PostgreSQL does not start on port {}: {}",
            self.port,
            self.log()
        );
    }

    fn start_again_if_port_is_free(&self) -> bool {
        let give_up_at = Instant::now() + PATIENCE;
        let mut supervisor = self.lock();
        supervisor.start();
        while Instant::now() < give_up_at {
            if self.programs.is_ready(self.port) {
                // Not another one that took the port.
                return supervisor.is_alive();
            }
            if !supervisor.is_alive() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL is not ready after {PATIENCE:?}: {}", self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Supervisor> {
        // A test that panicked with it held has not spoilt it.
        self.supervisor
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A folder that the server's user owns.
fn make_folder(programs: &Programs) -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix("mobileim-postgres-")
        .tempdir()
        .expect("a temporary folder can be made")
        // The supervisor removes it, also if this process has no time to.
        .keep();
    if let Some(user) = &programs.user {
        chown(&folder, Some(user.uid), Some(user.gid)).expect("root may give files away");
    }
    folder
}

fn init(programs: &Programs, folder: &Path) {
    let password_file = folder.join("password");
    fs::write(&password_file, PASSWORD).expect("the folder can be written");
    let output = programs
        .command("initdb")
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"])
        // Of the new files only: the server itself syncs.
        .arg("--no-sync")
        .args(["--username", ADMIN, "--pwfile"])
        .arg(&password_file)
        .arg("--pgdata")
        .arg(folder.join("data"))
        .current_dir(folder)
        .output()
        .expect("initdb was found");
    assert!(
        output.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}
