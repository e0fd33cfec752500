//! The real server, people on it, and an attack between a before and an after.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mobileim_client::{ServerAddress, Transport};
use mobileim_tests::people::{Pair, Times, Token};
use mobileim_tests::{Program, TestCertificate};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::metrics::Metrics;

/// No message of theirs may take longer than this, but one in a hundred: far more than was ever measured, and far less than
/// when users starve.
const SLOWEST: Duration = Duration::from_secs(10);

/// How many descriptors the store may have opened meanwhile.
const OF_STORE: f64 = 4.0;

/// How soon everything is as before an attack: sessions on UDP are noticed to have ended when their time is over.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many messages each pair sends before and after an attack, and a third of that at least meanwhile.
const CALM: usize = 30;

/// How often each of the people says something.
pub(crate) const PACE: Duration = Duration::from_millis(25);

/// One attack at a time.
static STAGE: Mutex<()> = Mutex::const_new(());

/// Where the server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) tcp: SocketAddr,
    pub(crate) udp: SocketAddr,
    pub(crate) websocket: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) tcp_tls: SocketAddr,
    pub(crate) wss: SocketAddr,
    pub(crate) https: SocketAddr,
}

/// A server that three pairs chat on: on TCP, WebSocket and UDP.
pub(crate) struct Stage {
    pub(crate) addresses: Addresses,
    program: Program,
    pairs: [Pair; 3],
    directory: TempDir,
    _certificate: TestCertificate,
    _alone: MutexGuard<'static, ()>,
}

/// What was measured and counted.
pub(crate) struct Report {
    pub(crate) before: Metrics,
    /// At the end of the attack, while the attacker is still there.
    pub(crate) during: Metrics,
    /// Most of the memory that the server has had in RAM, less what it had before.
    pub(crate) grown: u64,
}

impl Stage {
    /// Any token lets in; with limits as they are by default, for this machine's own addresses too.
    pub(crate) async fn set(more_args: &[&str]) -> Self {
        let args = [&["--dev"], more_args].concat();
        Self::set_with(&args, |_| "token".to_owned()).await
    }

    /// The same, where people need tokens that the arguments say.
    pub(crate) async fn set_with(more_args: &[&str], token: Token) -> Self {
        let alone = STAGE.lock().await;
        raise_descriptors();
        let directory = TempDir::new().expect("there is room");
        let certificate = TestCertificate::new();
        let (cert, key) = (certificate.certificate(), certificate.key());
        let mut args = vec!["--limit-loopback"];
        for listener in ["tcp", "udp", "ws", "http", "tcp-tls", "wss", "https"] {
            let flags = [
                "--tcp",
                "--udp",
                "--ws",
                "--http",
                "--tcp-tls",
                "--wss",
                "--https",
            ];
            let flag = flags.iter().find(|flag| &flag[2..] == listener);
            args.extend([flag.expect("it is one of them"), "127.0.0.1:0"]);
        }
        let files = [
            ("--data-dir", directory.path()),
            ("--tls-cert", &cert),
            ("--tls-key", &key),
        ];
        for (flag, path) in files {
            args.extend([flag, path.to_str().expect("temporary files have names")]);
        }
        args.extend(more_args);
        let mut program = Program::start("mobileim-server", &args);
        let Some(ready) = program.line().await else {
            panic!("the server does not start: {}", program.end().await.1);
        };
        let addresses = Addresses::of(&ready);
        let meet = |what, transport, address| async move {
            let address = ServerAddress::from_socket_addr(transport, address);
            Pair::meet(what, &address, token, PACE).await
        };
        let pairs = [
            meet("tcp", Transport::Tcp, addresses.tcp).await,
            meet("ws", Transport::WebSocket, addresses.websocket).await,
            meet("udp", Transport::Udp, addresses.udp).await,
        ];
        Self {
            addresses,
            program,
            pairs,
            directory,
            _certificate: certificate,
            _alone: alone,
        }
    }

    /// Lets an attack happen between people who chat. It returns what is to stay open until the server has been asked how it is.
    pub(crate) async fn attack<T>(&self, name: &str, attack: impl Future<Output = T>) -> Report {
        self.chat(CALM).await;
        let before = Metrics::of(self.addresses.http).await;
        let resident = self.memory("VmRSS:");
        self.forget_peak();
        let starts = self.said();
        let began = Instant::now();
        let attacker = attack.await;
        let took = began.elapsed();
        let during = Metrics::of(self.addresses.http).await;
        // What is short is followed by some more with the attacker still there.
        self.chat(CALM / 3).await;
        let ends = self.said();
        let peak = self.memory("VmHWM:");
        drop(attacker);
        // All that was said meanwhile comes.
        self.chat(CALM).await;
        let all = self.said();
        let after = self.calm(&before).await;
        let report = Report {
            grown: peak.saturating_sub(resident),
            before,
            during,
        };
        println!(
            "{name}: {:.1} s; memory {} before, {} at most, {} after; counted: {}",
            took.as_secs_f64(),
            mebibytes(resident),
            mebibytes(peak),
            mebibytes(self.memory("VmRSS:")),
            after.counted_since(&report.before),
        );
        for (index, what) in ["tcp", "ws", "udp"].into_iter().enumerate() {
            let pair = &self.pairs[index];
            let before = pair.times(0, starts[index]);
            let during = pair.times(starts[index], ends[index]);
            let after = pair.times(ends[index], all[index] - CALM / 2);
            println!(
                "  {what}: {}; {}; {}",
                words(&before),
                words(&during),
                words(&after)
            );
            let slow = during.of_thousand(990);
            assert!(slow < SLOWEST, "{name}: {what}: p99 {slow:?}");
        }
        report
    }

    /// Everybody goes, and nothing was lost; the server ends as it should.
    pub(crate) async fn clear(self) {
        for pair in self.pairs {
            pair.part().await;
        }
        self.program.signal(rustix::process::Signal::TERM);
        let (status, log) = self.program.end().await;
        assert!(status.success(), "{log}");
        assert!(!log.contains("panicked"), "{log}");
        drop(self.directory);
    }

    /// The server's process.
    pub(crate) fn process(&self) -> u32 {
        self.program.id()
    }

    /// How many descriptors the process has.
    pub(crate) fn descriptors(&self) -> u64 {
        let all = fs::read_dir(format!("/proc/{}/fd", self.process()));
        let count = all.expect("the server runs").count();
        count.try_into().expect("there are few")
    }

    /// Lets everybody say some more, and hear it.
    pub(crate) async fn chat(&self, more: usize) {
        join_all(self.pairs.iter().map(|pair| pair.go_on_for(more))).await;
    }

    fn said(&self) -> [usize; 3] {
        self.pairs.each_ref().map(Pair::said)
    }

    /// Waits until there are no more sessions, connections, descriptors and bytes that wait than there were.
    async fn calm(&self, before: &Metrics) -> Metrics {
        let metrics = [
            "mobileim_sessions",
            "mobileim_connections",
            "mobileim_send_queue_bytes",
            "mobileim_mailbox_bytes",
            "process_open_fds",
        ];
        let began = Instant::now();
        loop {
            let now = Metrics::of(self.addresses.http).await;
            let more: Vec<_> = metrics
                .iter()
                .map(|metric| (metric, before.sum(metric), now.sum(metric)))
                .filter(|(metric, before, now)| {
                    let of_store = if metric.ends_with("_fds") {
                        OF_STORE
                    } else {
                        0.0
                    };
                    *now > before + of_store
                })
                .collect();
            if more.is_empty() {
                return now;
            }
            assert!(began.elapsed() < PATIENCE, "not as before: {more:?}");
            // Nothing tells when: it is asked again.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A number of the process's status, in bytes.
    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process()));
        let status = status.expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibibytes: u64 = number.expect("Linux says it").parse().expect("a number");
        kibibytes * 1024
    }

    /// The most memory is that from now on.
    fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.process()), "5").expect("it is our process");
    }
}

impl Addresses {
    fn of(ready: &str) -> Self {
        let address = |listener: &str| {
            let words = ready.split_whitespace();
            let address = words
                .filter_map(|word| word.split_once('='))
                .find(|word| word.0 == listener);
            let (_, address) = address.unwrap_or_else(|| panic!("{listener} is not in {ready}"));
            address.parse().expect("it is an address")
        };
        Self {
            tcp: address("tcp"),
            udp: address("udp"),
            websocket: address("ws"),
            http: address("http"),
            tcp_tls: address("tcp-tls"),
            wss: address("wss"),
            https: address("https"),
        }
    }
}

impl Report {
    /// Fails if the server has taken more memory meanwhile.
    pub(crate) fn expect_memory_below(&self, mebibytes: u64) {
        let grown = self.grown >> 20;
        assert!(grown < mebibytes, "{grown} MiB more in RAM");
    }

    /// Fails if a counter has not grown by so much at least.
    pub(crate) fn expect_counted(&self, sample: &str, at_least: u32) {
        let grown = self.during.since(&self.before, sample);
        assert!(
            grown >= f64::from(at_least),
            "{sample}: {grown} instead of {at_least} in {}",
            self.during.counted_since(&self.before)
        );
    }
}

fn words(times: &Times) -> String {
    let [half, most, all] = [500, 990, 1000]
        .map(|part| format!("{:.1}", times.of_thousand(part).as_secs_f64() * 1000.0));
    format!("{half}/{most}/{all} ms of {}", times.count())
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// This process has as many descriptors as it may: an attacker needs them.
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("the soft limit may be raised");
}
