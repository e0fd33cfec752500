//! Everybody who logs in: the client's engine for each, all in one thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::time::{Duration, Instant};

use mobileim_protocol::Transport;
use mobileim_protocol::client::{Account, Client, Config, Event, LinkId, Output, State, Token};

use super::session_secret;

/// What carries bodies between the clients and the server.
pub(super) trait Wire {
    /// A client wants a link, from which a [`Happening`] follows.
    fn connect(&mut self, client: u32, link: LinkId) -> io::Result<()>;

    fn send(&mut self, client: u32, body: &str) -> io::Result<()>;

    fn disconnect(&mut self, client: u32);

    /// Waits no longer than this for something to happen, and says what.
    fn wait(&mut self, wait: Duration, happenings: &mut Vec<Happening>) -> io::Result<()>;
}

/// What happened on a client's link.
#[derive(Debug)]
pub(super) enum Happening {
    Connected(u32, LinkId),
    Received(u32, LinkId, Vec<u8>),
    Closed(u32, LinkId),
}

pub(super) struct Crowd {
    clock: Clock,
    clients: Vec<Member>,
    timers: BinaryHeap<Reverse<(mobileim_protocol::Instant, u32)>>,
    online: usize,
    told_to_wait: u64,
}

struct Member {
    client: Client,
    account: Option<Account>,
    is_online: bool,
    due: Option<mobileim_protocol::Instant>,
}

/// The time of the engines.
struct Clock(Instant);

impl Clock {
    fn now(&self) -> mobileim_protocol::Instant {
        let micros = u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX);
        mobileim_protocol::Instant::from_micros(micros)
    }
}

impl Crowd {
    pub(super) fn new(transport: Transport, clients: u32, token: fn(&str) -> String) -> Self {
        let clients = (0..clients).map(|number| {
            let user_id = format!("crowd-{number}");
            let mut config = Config::new(transport, u64::from(number) + 1);
            if transport.is_datagram() {
                config.secret = session_secret(number);
            }
            Member {
                client: Client::new(config),
                account: Some(Account {
                    token: Token::Fixed(token(&user_id)),
                    user_id,
                    extra: None,
                }),
                is_online: false,
                due: None,
            }
        });
        Self {
            clock: Clock(Instant::now()),
            clients: clients.collect(),
            timers: BinaryHeap::new(),
            online: 0,
            told_to_wait: 0,
        }
    }

    /// How often one was told to wait before it logs in.
    pub(super) fn told_to_wait(&self) -> u64 {
        self.told_to_wait
    }

    /// All at once, until all are online.
    pub(super) fn log_in(&mut self, wire: &mut impl Wire, patience: Duration) -> io::Result<()> {
        let began = Instant::now();
        let mut happenings = Vec::new();
        for number in 0..u32::try_from(self.clients.len()).expect("they were counted so") {
            let now = self.clock.now();
            let member = &mut self.clients[number as usize];
            let account = member.account.take().expect("each logs in once");
            member
                .client
                .login(now, account)
                .map_err(|error| io::Error::other(format!("{error:?}")))?;
            self.work(number, wire)?;
            // What comes meanwhile is not left waiting.
            if number % 64 == 0 {
                self.turn(wire, Duration::ZERO, &mut happenings)?;
            }
        }
        while self.online < self.clients.len() {
            if began.elapsed() > patience {
                return Err(io::Error::other(format!(
                    "{} of {} are online",
                    self.online,
                    self.clients.len()
                )));
            }
            let now = self.clock.now();
            let next = self.timers.peek();
            let wait = next.map_or(Duration::from_millis(100), |Reverse((due, _))| {
                due.since(now).min(Duration::from_millis(100))
            });
            self.turn(wire, wait, &mut happenings)?;
        }
        Ok(())
    }

    fn turn(
        &mut self,
        wire: &mut impl Wire,
        wait: Duration,
        happenings: &mut Vec<Happening>,
    ) -> io::Result<()> {
        wire.wait(wait, happenings)?;
        let now = self.clock.now();
        for happening in happenings.drain(..) {
            let number = match happening {
                Happening::Connected(number, link) => {
                    self.client(number).handle_connected(now, link);
                    number
                }
                Happening::Received(number, link, body) => {
                    self.client(number).handle_message(now, link, &body);
                    number
                }
                Happening::Closed(number, link) => {
                    self.client(number).handle_disconnected(now, link);
                    number
                }
            };
            self.work(number, wire)?;
        }
        while let Some(Reverse((due, number))) = self.timers.peek().copied() {
            if due > self.clock.now() {
                break;
            }
            self.timers.pop();
            let member = &mut self.clients[number as usize];
            if member.due == Some(due) {
                member.due = None;
                member.client.handle_timeout(self.clock.now());
                self.work(number, wire)?;
            }
        }
        Ok(())
    }

    fn client(&mut self, number: u32) -> &mut Client {
        &mut self.clients[number as usize].client
    }

    /// Does what a client wants done.
    fn work(&mut self, number: u32, wire: &mut impl Wire) -> io::Result<()> {
        let member = &mut self.clients[number as usize];
        loop {
            match member.client.poll_output() {
                Output::Timeout(deadline) => {
                    let due = deadline.map(|deadline| deadline.at);
                    if due != member.due {
                        member.due = due;
                        self.timers.extend(due.map(|due| Reverse((due, number))));
                    }
                    break;
                }
                Output::Connect { link } => wire.connect(number, link)?,
                Output::Transmit { body, .. } => wire.send(number, &body)?,
                Output::Disconnect { .. } => wire.disconnect(number),
                Output::Event(Event::LoginRefused { code, retry: false }) => {
                    return Err(io::Error::other(format!("client {number}: code {code}")));
                }
                Output::Event(Event::LoginRefused { .. }) => self.told_to_wait += 1,
                Output::Event(_) | Output::RequestToken { .. } => {}
            }
        }
        let is_online = member.client.state() == State::Online;
        if is_online != member.is_online {
            member.is_online = is_online;
            self.online = if is_online {
                self.online + 1
            } else {
                self.online - 1
            };
        }
        Ok(())
    }
}
