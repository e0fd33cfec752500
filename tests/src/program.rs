//! The programs as they are shipped: real processes, which can be killed, stopped and frozen.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use std::time::SystemTime;

use mobileim_client::{ServerAddress, Transport};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

use crate::seed::random_seed;
use crate::within::within;

/// A process and what it prints, line by line; killed when it is dropped.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    complaints: tokio::task::JoinHandle<()>,
    /// What it has written to standard error so far.
    log: watch::Receiver<String>,
}

impl Program {
    /// Starts one of the project's programs.
    pub fn start(name: &str, args: &[&str]) -> Self {
        Self::run(&find(name), args)
    }

    /// Starts the program in a file.
    pub fn run(path: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(path)
            .args(args)
            .env_remove("MOBILEIM_LOG")
            .env_remove("MOBILEIM_DATA_DIR")
            .env_remove("MOBILEIM_OUTBOX")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program can be run");
        let stdout = child.stdout.take().expect("it is piped");
        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let (said, log) = watch::channel(String::new());
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
            // Read all the time: a full pipe would stop the program.
            complaints: tokio::spawn(async move {
                let mut line = Vec::new();
                while let Ok(1..) = stderr.read_until(b'\n', &mut line).await {
                    said.send_modify(|log| log.push_str(&String::from_utf8_lossy(&line)));
                    line.clear();
                }
            }),
            log,
        }
    }

    /// Waits until its log has this. Returns whether it has; else the program has ended.
    pub async fn says(&mut self, text: &str) -> bool {
        let said = self.log.wait_for(|log| log.contains(text));
        within("word of a program", said).await.is_ok()
    }

    /// The next line that it prints; `None` if it has ended.
    pub async fn line(&mut self) -> Option<String> {
        within("line of a program", self.lines.next_line())
            .await
            .expect("programs print text")
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = self.id();
        let id = i32::try_from(id).expect("process ids fit");
        let id = Pid::from_raw(id).expect("process ids are not 0");
        kill_process(id, signal).expect("it runs");
    }

    /// Waits for its end; gives what it wrote to standard error too.
    pub async fn end(mut self) -> (ExitStatus, String) {
        let status = within("end of a program", self.child.wait()).await;
        let complaints = within("end of its log", self.complaints).await;
        complaints.expect("reading does not panic");
        let log = self.log.borrow().clone();
        (status.expect("it can be waited for"), log)
    }
}

/// The real server on ports and with a data directory that it keeps through restarts.
pub struct ServerProgram {
    running: Option<Program>,
    args: Vec<String>,
    addresses: [SocketAddr; 3],
}

impl ServerProgram {
    /// Starts a server with TCP, UDP and `WebSocket`. It keeps its messages in this directory, unless more arguments
    /// say otherwise.
    pub async fn start(data: &Path, more_args: &[&str]) -> Self {
        Self::start_until(data, more_args, None).await
    }

    /// Starts one that waits as a standby. [`ServerProgram::takes_over`] waits until it serves.
    pub async fn stand_by(data: &Path, more_args: &[&str]) -> Self {
        Self::start_until(data, more_args, Some("a standby")).await
    }

    /// Starts it where it was, as a standby.
    pub async fn stand_by_again(&mut self) {
        if let Err(why) = self.try_start(Some("a standby")).await {
            panic!("the server does not start again: {why}");
        }
    }

    /// Waits until a standby serves.
    pub async fn takes_over(&mut self) {
        let running = self.running.as_mut().expect("it was started");
        let line = running.line().await;
        let is_ready = line.is_some_and(|line| line.starts_with("ready "));
        assert!(is_ready, "it does not take over");
    }

    async fn start_until(data: &Path, more_args: &[&str], says: Option<&str>) -> Self {
        let data = data.to_str().expect("temporary directories have names");
        for _ in 0..50 {
            let addresses = [free_address(), free_address(), free_address()];
            let mut args: Vec<_> = [
                "--dev",
                "--http",
                "off",
                "--data-dir",
                data,
                "--max-stored",
                "unlimited",
                "--max-stored-bytes",
                "unlimited",
            ]
            .map(ToOwned::to_owned)
            .into();
            for (flag, address) in ["--tcp", "--udp", "--ws"].iter().zip(addresses) {
                args.extend([(*flag).to_owned(), address.to_string()]);
            }
            args.extend(more_args.iter().map(|arg| (*arg).to_owned()));
            let mut server = Self {
                running: None,
                args,
                addresses,
            };
            match server.try_start(says).await {
                Ok(()) => return server,
                // Somebody else was quicker.
                Err(why) if why.contains("cannot listen on") => {}
                Err(why) => panic!("the server does not start: {why}"),
            }
        }
        panic!("no free ports");
    }

    /// Starts it again where it was.
    pub async fn start_again(&mut self) {
        if let Err(why) = self.try_start(None).await {
            panic!("the server does not start again: {why}");
        }
    }

    /// Starts it, and waits until it is ready, or has said something.
    async fn try_start(&mut self, says: Option<&str>) -> Result<(), String> {
        let args: Vec<_> = self.args.iter().map(String::as_str).collect();
        let mut program = Program::start("mobileim-server", &args);
        let is_started = if let Some(text) = says {
            program.says(text).await
        } else {
            let line = program.line().await;
            line.is_some_and(|line| line.starts_with("ready "))
        };
        if !is_started {
            return Err(program.end().await.1);
        }
        self.running = Some(program);
        Ok(())
    }

    /// Where its clients find it.
    pub fn address(&self, transport: Transport) -> ServerAddress {
        ServerAddress::from_socket_addr(transport, self.socket_addr(transport))
    }

    /// The same for sockets.
    pub fn socket_addr(&self, transport: Transport) -> SocketAddr {
        let [tcp, udp, websocket] = self.addresses;
        match transport {
            Transport::Tcp => tcp,
            Transport::Udp => udp,
            Transport::WebSocket => websocket,
        }
    }

    /// Ends it with SIGKILL, at once.
    pub async fn kill(&mut self) {
        let running = self.running.take().expect("it runs");
        running.signal(Signal::KILL);
        running.end().await;
    }

    /// Keeps it from running for a time, as a machine that is paused does.
    pub async fn pause(&self, time: Duration) {
        let running = self.running.as_ref().expect("it runs");
        running.signal(Signal::STOP);
        tokio::time::sleep(time).await;
        running.signal(Signal::CONT);
    }

    /// Asks it to end with SIGTERM, and waits until it has; gives its log too.
    pub async fn terminate(&mut self) -> (ExitStatus, String) {
        let running = self.running.take().expect("it runs");
        running.signal(Signal::TERM);
        running.end().await
    }
}

/// An address that nobody uses now, whose port the system gives to nobody who does not ask for it: a client that
/// reconnects to a server that is down must not be given the server's own port.
pub fn free_address() -> SocketAddr {
    let mut rng = fastrand::Rng::with_seed(random_seed());
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, rng.u16(12_000..32_000)));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

/// The file of one of the project's programs: where `MOBILEIM_SERVER_BIN` or `MOBILEIM_BIN` says, else where
/// `cargo test` of the whole workspace has put it. One that is older than its sources is refused: it would be another
/// program that is tested.
fn find(name: &str) -> PathBuf {
    let variable = format!("{}_BIN", name.replace('-', "_").to_uppercase());
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test has a file");
    let folder = test.ancestors().nth(2).expect("it is in target/*/deps");
    let path = folder.join(name);
    let built = fs::metadata(&path).and_then(|program| program.modified());
    let how = "`cargo build -p mobileim-server -p mobileim-client` builds it";
    let built = built.unwrap_or_else(|error| panic!("{}: {error}; {how}", path.display()));
    let own_package = if name == "mobileim-server" {
        "server"
    } else {
        "client"
    };
    for package in ["protocol", own_package] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{package}/src"));
        let changed = last_change(&sources).expect("sources can be read");
        assert!(
            changed <= built,
            "{} is older than the sources of {package}; {how}",
            path.display(),
        );
    }
    path
}

fn last_change(folder: &Path) -> io::Result<SystemTime> {
    let mut last = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let change = if entry.file_type()?.is_dir() {
            last_change(&entry.path())?
        } else {
            entry.metadata()?.modified()?
        };
        last = last.max(change);
    }
    Ok(last)
}
