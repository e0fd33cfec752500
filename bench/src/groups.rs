//! What a message to a group takes, by how many members it has: server time, bytes, and time until the last one who is online has it.
//!
//! One message at a time is on its way. Half of the members are online, as far as descriptors go, and acknowledge what they get; the
//! rest never come. What each waits for is also this program, which reads all those connections in one thread.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use mobileim_protocol::Transport;
use mobileim_server::auth::ApiKeys;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Serialize;
use serde_json::{Value, json};

use crate::body::{self, Template};
use crate::link::{Links, Outgoing, RETRANSMIT_AFTER, Role};
use crate::process;
use crate::server::Server;

/// Measures what a message to a group takes, by how many members it has; with SQLite
#[derive(Debug, Args)]
pub(crate) struct GroupsArgs {
    /// How many members groups have
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "10,100,500,10000,100000"
    )]
    members: Vec<u32>,
    /// How many are online at most: each takes a descriptor, here and in the server
    #[arg(long, value_name = "N", default_value_t = 9_000)]
    max_online: u32,
    /// How many messages come to members in all, so that there are fewer to large groups; but 20 in any case
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    deliveries: u32,
    /// How members are connected
    #[arg(long, value_parser = transport, default_value = "tcp")]
    transport: Transport,
    /// More arguments for the server
    #[arg(last = true, value_name = "ARGUMENT")]
    pass_on: Vec<String>,
}

/// What messages to one group took.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    transport: String,
    members: u32,
    online: u32,
    messages: u32,
    /// Processor time of the server for each message, in microseconds.
    server_cpu_micros: f64,
    /// From sending a message to its acknowledgement, in microseconds: half of them took no longer.
    acknowledged_p50: u128,
    /// From sending it until the last one who is online has it.
    last_p50: u128,
    last_p99: u128,
    /// What a message counts in the store.
    counted_bytes: f64,
    /// By how much the file grew, with how far each member has read, for each message.
    file_bytes: f64,
}

const GROUP: &str = "#group";
const SENDER: &str = "member-0";

/// How many members one request names.
const AT_ONCE: u32 = 1000;

/// Most messages to a small group.
const MAX_MESSAGES: u32 = 5_000;
const MIN_MESSAGES: u32 = 20;

/// A bound on one message.
const PATIENCE: Duration = Duration::from_secs(30);

/// The message that is on its way.
struct Current {
    number: Cell<u64>,
    acknowledged: Cell<Option<Instant>>,
    reached: Cell<u32>,
    last_at: Cell<Instant>,
}

/// A member who is online; the first one sends.
struct Member {
    acknowledgement: Template,
    last: u64,
    current: Rc<Current>,
}

impl Role for Member {
    fn receive(&mut self, now: Instant, body: &[u8], outgoing: &mut Outgoing) {
        let current = &self.current;
        if let Some(number) = body::acknowledged_fp(body).and_then(number_of) {
            if number == current.number.get() && current.acknowledged.get().is_none() {
                current.acknowledged.set(Some(now));
            }
        } else if let Some(fp) = body::fp(body) {
            outgoing.send(self.acknowledgement.with_fp(fp));
            let number = number_of(fp).unwrap_or(0);
            if number > self.last {
                self.last = number;
                current.reached.set(current.reached.get() + 1);
                current.last_at.set(now);
            }
        }
    }
}

fn transport(name: &str) -> Result<Transport, String> {
    let all = [Transport::Tcp, Transport::Udp, Transport::WebSocket];
    let named = all.into_iter().find(|one| one.to_string() == name);
    named.ok_or_else(|| "one of tcp, udp and ws".to_owned())
}

fn fp_of(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn number_of(fp: &[u8]) -> Option<u64> {
    let fp = std::str::from_utf8(fp).ok()?;
    u64::from_str_radix(fp.get(24..)?, 16).ok()
}

pub(crate) fn run(args: &GroupsArgs, binary: &Path) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let measure = |members: &u32| measure(args, binary, *members);
    args.members.iter().map(measure).collect()
}

fn measure(args: &GroupsArgs, binary: &Path, members: u32) -> Result<Outcome, Box<dyn Error>> {
    let online = (members / 2).clamp(2, args.max_online.max(2));
    let messages = (args.deliveries / online).clamp(MIN_MESSAGES, MAX_MESSAGES);
    eprintln!("{members} members, {online} online: {messages} messages");
    let folder = tempfile::tempdir()?;
    let mut stage = Stage::set(args, binary, folder.path())?;
    stage.make_group(members)?;
    // So that all is in the file.
    let stage = stage.again()?;
    let file_before = size_of(folder.path())?;

    let current = Rc::new(Current {
        number: Cell::new(0),
        acknowledged: Cell::new(None),
        reached: Cell::new(0),
        last_at: Cell::new(Instant::now()),
    });
    let address = stage.server.address(args.transport)?;
    let mut links = Links::new(args.transport, address)?;
    for number in 0..online {
        let user = format!("member-{number}");
        let member = Member {
            acknowledgement: Template::acknowledgement(&user, SENDER),
            last: 0,
            current: Rc::clone(&current),
        };
        links.add(&user, member)?;
    }
    links.log_in(0)?;

    let mut template = Template::message(SENDER, GROUP);
    let mut acknowledged = Vec::new();
    let mut last = Vec::new();
    // What is done once is done now; and the server knows what is stored when it has stored something.
    send(&mut links, &current, &mut template, 1, online - 1)?;
    let counted_before = stage.counted_bytes()?;
    let cpu_before = process::cpu_time(stage.server.pid())?;
    for number in (2..).take(messages as usize) {
        let (first, all) = send(&mut links, &current, &mut template, number, online - 1)?;
        acknowledged.push(first.as_micros());
        last.push(all.as_micros());
    }
    let cpu = process::cpu_time(stage.server.pid())?.saturating_sub(cpu_before);
    let counted = stage.counted_bytes()?.saturating_sub(counted_before);
    drop(links);
    stage.server.stop()?;
    let grown = size_of(folder.path())?.saturating_sub(file_before);
    acknowledged.sort_unstable();
    last.sort_unstable();
    let of_percent = |times: &[u128], percent: usize| times[(times.len() - 1) * percent / 100];
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let for_each = |bytes: u64| bytes as f64 / f64::from(messages);
    Ok(Outcome {
        transport: args.transport.to_string(),
        members,
        online,
        messages,
        server_cpu_micros: cpu.as_secs_f64() * 1e6 / f64::from(messages),
        acknowledged_p50: of_percent(&acknowledged, 50),
        last_p50: of_percent(&last, 50),
        last_p99: of_percent(&last, 99),
        counted_bytes: for_each(counted),
        file_bytes: for_each(grown),
    })
}

/// Sends one message; gives how long it took until it was acknowledged, and until all of these had it.
fn send(
    links: &mut Links<Member>,
    current: &Current,
    template: &mut Template,
    number: u64,
    readers: u32,
) -> io::Result<(Duration, Duration)> {
    current.number.set(number);
    current.acknowledged.set(None);
    current.reached.set(0);
    let message = template.with_fp(fp_of(number).as_bytes()).to_vec();
    let began = Instant::now();
    links.send_as_first(&message)?;
    let mut again_at = began + RETRANSMIT_AFTER;
    links.run_until(PATIENCE, "a message", |links, now| {
        if now >= again_at && current.acknowledged.get().is_none() {
            // Datagrams may be lost.
            again_at = now + RETRANSMIT_AFTER;
            links.send_as_first(&message)?;
        }
        Ok(current.acknowledged.get().is_some() && current.reached.get() == readers)
    })?;
    let acknowledged = current.acknowledged.get().unwrap_or(began);
    Ok((acknowledged - began, current.last_at.get() - began))
}

/// A server with an API, and a file that it keeps.
struct Stage<'a> {
    server: Server,
    binary: &'a Path,
    args: Vec<String>,
    api: SocketAddr,
    key: String,
}

impl<'a> Stage<'a> {
    fn set(args: &GroupsArgs, binary: &'a Path, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let made = ApiKeys::make("bench", "groups:write,server:read")?;
        let keys = folder.join("keys");
        std::fs::write(&keys, format!("{}\n", made.line))?;
        // Whoever is quicker to take it makes this fail.
        let api = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut all = vec![
            "--groups-enabled".to_owned(),
            format!("--data-dir={}", folder.display()),
            format!("--api-keys-file={}", keys.display()),
            format!("--api={api}"),
            "--log=warn".to_owned(),
        ];
        all.extend(args.pass_on.iter().cloned());
        Ok(Self {
            server: Server::start(binary, &all)?,
            binary,
            args: all,
            api,
            key: made.key,
        })
    }

    /// Stops the server and starts another one with the same file.
    fn again(self) -> io::Result<Self> {
        self.server.stop()?;
        Ok(Self {
            server: Server::start(self.binary, &self.args)?,
            ..self
        })
    }

    fn make_group(&mut self, members: u32) -> Result<(), Box<dyn Error>> {
        for first in (0..members).step_by(AT_ONCE as usize) {
            let these = first..members.min(first + AT_ONCE);
            let these = these.map(|number| json!({ "user": format!("member-{number}") }));
            let these: Vec<_> = these.collect();
            let made = if first == 0 {
                let group = json!({ "id": GROUP, "members": these });
                self.ask("POST", "/api/v1/groups", &group.to_string())?
            } else {
                let joining = json!({ "members": these });
                self.ask(
                    "POST",
                    "/api/v1/groups/%23group/members",
                    &joining.to_string(),
                )?
            };
            if made["members"] != members.min(first + AT_ONCE) {
                return Err(format!("the group has other members: {made}").into());
            }
        }
        Ok(())
    }

    /// What is stored counts so many bytes.
    fn counted_bytes(&self) -> Result<u64, Box<dyn Error>> {
        let stats = self.ask("GET", "/api/v1/stats", "")?;
        let bytes = stats["store"]["bytes"].as_u64();
        bytes.ok_or_else(|| format!("the server does not say what is stored: {stats}").into())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value, Box<dyn Error>> {
        let mut stream = TcpStream::connect(self.api)?;
        let (api, key, length) = (self.api, &self.key, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!("{method} {path}: {answer}").into());
        }
        Ok(serde_json::from_str(text)?)
    }
}

/// How large the files of a folder are.
fn size_of(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// The numbers, for people.
pub(crate) fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| members | online | on | messages | server CPU per message | and member who is online | acknowledged p50 | last has it p50 | p99 | counted | file grows by |\n\
         | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let millis = |micros: u128| format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10);
    for outcome in outcomes {
        let Outcome {
            transport,
            members,
            online,
            messages,
            server_cpu_micros,
            ..
        } = outcome;
        writeln!(
            text,
            "| {members} | {online} | {transport} | {messages} | {server_cpu_micros:.0} µs | {:.1} µs | {} | {} | {} | {:.0} B | {:.0} B |",
            server_cpu_micros / f64::from(*online),
            millis(outcome.acknowledged_p50),
            millis(outcome.last_p50),
            millis(outcome.last_p99),
            outcome.counted_bytes,
            outcome.file_bytes,
        )
        .expect("writing to a string does not fail");
    }
    text
}
