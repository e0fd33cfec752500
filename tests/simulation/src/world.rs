//! The world: devices, the server, the links between them, and time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use mobileim_hub::store::StoreLimits;
use mobileim_hub::{CloseReason, Sessions};
use mobileim_protocol::Instant;
use mobileim_protocol::client::LinkId;
use parking_lot::Mutex;

use super::conversations::GroupChanging;
use super::device::{Action, Device, acknowledged_fp, sent_fp};
use super::disk::Disk;
use super::model::{Model, Violation};
use super::network::Wire;
use super::plan::{Network, Plan, StorePlan};
use super::server::{ConnectionId, Effect, Server, millis};

/// When the world begins: late enough for clocks that are set back.
const BEGINNING: Instant = Instant::from_millis(10_000_000);

/// The wall clock at that time.
const UNIX_MILLIS: i64 = 1_795_000_000_000;

/// What happens at some time. Each names the run of the process that it is for: a later one does not know of it.
#[derive(Debug)]
pub(super) enum Event {
    /// A connection reaches the server.
    Accept(ConnectionId),
    /// A connection is open, at the client.
    Opened(ConnectionId),
    /// A body, or a sign of life without one, reaches the server.
    Up(ConnectionId, Option<Vec<u8>>),
    /// A body reaches the client.
    Down(ConnectionId, Vec<u8>),
    /// The end of a connection reaches the server.
    ClosedUp(ConnectionId),
    /// The end of a connection reaches the client.
    ClosedDown(ConnectionId),
    /// A frozen device gets what has arrived meanwhile.
    Thaw(usize),
    Token(usize, LinkId),
    Decide(ConnectionId),
    Commit(u32),
    Answer(u32),
    StartServer,
    EndServer(u32),
    StartDevice(usize),
    LogIn(usize),
    /// The application on a device begins to hear of messages.
    Listen(usize),
    StoreRecovers,
    /// Somebody does something.
    Act,
}

pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) plan: Plan,
    pub(super) now: Instant,
    pub(super) events: BTreeMap<(Instant, u64), Event>,
    last_event: u64,
    pub(super) devices: Vec<Device>,
    pub(super) server: Option<Server>,
    /// How often the server was started.
    pub(super) server_run: u32,
    /// How far the server's clocks are ahead of the world's.
    pub(super) server_ahead: Duration,
    pub(super) unix_ahead: i64,
    pub(super) disk: Arc<Mutex<Disk>>,
    pub(super) store_fails: bool,
    pub(super) store_hangs: bool,
    pub(super) wires: Vec<Wire>,
    pub(super) network: Network,
    pub(super) model: Model,
    /// The first promise that was broken.
    pub(super) violation: Option<Violation>,
    /// Of one run of the server: what its application has accepted.
    pub(super) accepted: BTreeMap<String, Instant>,
    pub(super) events_handled: u64,
    /// Decides about conversations, so that worlds without are what they were.
    pub(super) rng_of_conversations: Rng,
    /// Changes of the group that are under way.
    pub(super) group_changes: Vec<GroupChanging>,
    /// The server's time when it was last told that time has passed.
    pub(super) told_time: Instant,
    /// Without time going on.
    events_at_once: u64,
    trace: bool,
}

impl World {
    pub(super) fn new(mut rng: Rng, plan: Plan, trace: bool) -> Self {
        let quota = match plan.store {
            StorePlan::Synchronous => None,
            StorePlan::Slow { quota, .. } => quota,
        };
        let limits = StoreLimits::none().with_max_messages(quota);
        let name = |index: usize, user: &String| {
            let is_first = plan.devices[..index]
                .iter()
                .all(|(other, ..)| other != user);
            // One in three users has an original client beside the others.
            let is_original = is_first && index.is_multiple_of(3);
            let is_named = plan.sessions == Sessions::PerDevice && !is_original;
            is_named.then(|| format!("device {index}"))
        };
        let devices = plan.devices.iter().enumerate();
        let rng_of_conversations = Rng::with_seed(rng.clone().u64(..).rotate_left(3));
        Self {
            devices: devices
                .map(|(index, (user, transport, max_body))| {
                    let name = name(index, user);
                    Device::new(user.clone(), name, *transport, *max_body)
                })
                .collect(),
            network: plan.network.clone(),
            disk: Arc::new(Mutex::new(Disk::new(limits))),
            rng: rng.fork(),
            plan,
            now: BEGINNING,
            events: BTreeMap::new(),
            last_event: 0,
            server: None,
            server_run: 0,
            server_ahead: Duration::ZERO,
            unix_ahead: 0,
            store_fails: false,
            store_hangs: false,
            wires: Vec::new(),
            model: Model::default(),
            violation: None,
            accepted: BTreeMap::new(),
            events_handled: 0,
            rng_of_conversations,
            group_changes: Vec::new(),
            told_time: Instant::default(),
            events_at_once: 0,
            trace,
        }
    }

    pub(super) fn schedule(&mut self, after: Duration, event: Event) {
        self.schedule_at(self.now + after, event);
    }

    fn schedule_at(&mut self, at: Instant, event: Event) {
        self.last_event += 1;
        self.events.insert((at, self.last_event), event);
    }

    pub(super) fn delay(&mut self) -> Duration {
        millis(&mut self.rng, &self.network.delay)
    }

    pub(super) fn log(&self, what: impl FnOnce() -> String) {
        if self.trace {
            let elapsed = self.now.since(BEGINNING).as_secs_f64();
            eprintln!("{elapsed:>11.6} {}", what());
        }
    }

    pub(super) fn check<T>(&mut self, result: Result<T, Violation>) {
        if let Err(violation) = result {
            self.violation.get_or_insert(violation);
        }
    }

    /// Nobody does anything any more, and what was about to happen to processes does not.
    pub(super) fn end_trouble(&mut self) {
        self.events.retain(|_, event| {
            !matches!(
                event,
                Event::Act | Event::EndServer(_) | Event::StartDevice(_) | Event::LogIn(_)
            )
        });
    }

    /// What is under way on a connection is lost.
    pub(super) fn lose_under_way(&mut self, lost: ConnectionId) {
        self.events.retain(|_, event| {
            !matches!(event, Event::Up(id, _) | Event::Down(id, _) | Event::ClosedUp(id)
                | Event::ClosedDown(id) if *id == lost)
        });
    }

    /// Lets the world go on until nothing is left to be done before `end`, or a promise is broken.
    pub(super) fn run_until(&mut self, end: Instant) -> Result<(), Violation> {
        loop {
            if let Some(violation) = self.violation.take() {
                return Err(violation);
            }
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let server = self.server.as_ref().and_then(|server| {
                let deadline = server.handle.driver().next_deadline()?;
                Some(self.now.max(deadline - self.server_ahead))
            });
            let device = self
                .devices
                .iter()
                .enumerate()
                .filter_map(|(index, device)| Some((device.next_deadline()?, index)))
                .min();
            let next = [event, server, device.map(|(at, _)| at)];
            let Some(next) = next.into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                return Ok(());
            };
            if next <= self.now {
                self.events_at_once += 1;
                if self.events_at_once > 100_000 {
                    return Err(Violation("time stands still".to_owned()));
                }
            } else {
                self.events_at_once = 0;
            }
            self.now = self.now.max(next);
            self.events_handled += 1;
            if event == Some(next) {
                let (_, event) = self.events.pop_first().expect("it was just seen");
                self.handle(event);
            } else if let Some((_, index)) = device.filter(|(at, _)| *at == next) {
                let actions = self.devices[index].call(self.now, |client, now| {
                    client.handle_timeout(now);
                });
                self.follow(index, actions);
            } else {
                self.serve(|server, now| server.handle.driver().handle_timeout(now));
                self.told_time = self.now + self.server_ahead;
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Accept(id) => self.accept(id),
            Event::Opened(id) => self.opened(id),
            Event::Up(id, body) => self.arrive_up(id, body),
            Event::Down(id, _) | Event::ClosedDown(id) => {
                let index = self.wires[id].device;
                let device = &mut self.devices[index];
                if device.frozen_until <= self.now && device.held.is_empty() {
                    let event = self.batch(event);
                    self.reach_client(event);
                } else {
                    if device.held.is_empty() {
                        let thaws = device.frozen_until;
                        self.schedule_at(thaws, Event::Thaw(index));
                    }
                    self.devices[index].held.push(event);
                }
            }
            Event::Thaw(index) if self.devices[index].frozen_until > self.now => {
                self.schedule_at(self.devices[index].frozen_until, event);
            }
            Event::Thaw(index) => {
                for event in std::mem::take(&mut self.devices[index].held) {
                    self.reach_client(event);
                }
            }
            Event::ClosedUp(id) => self.serve(|server, now| {
                server.close(now, id, CloseReason::Disconnected);
            }),
            Event::Token(index, link) => {
                let fails = self.rng.u32(0..10) == 0;
                self.client(index, |client, now| {
                    if fails {
                        client.handle_token_failure(now, link);
                    } else {
                        client.handle_token(now, link, "token".to_owned());
                    }
                });
            }
            Event::Decide(id) => {
                let mut again = false;
                self.serve(|server, now| again = server.decide(now, id));
                if again {
                    self.schedule_decision(id);
                }
            }
            Event::Commit(run) => self.commit(run),
            Event::Answer(run) if run == self.server_run => self.serve(|server, now| {
                server.committing = false;
                server.answer(now);
            }),
            Event::Answer(_) => {}
            Event::StartServer => self.start_server(),
            Event::EndServer(run) => self.end_server(run),
            Event::StartDevice(index) => self.start_device(index),
            Event::LogIn(index) => self.log_in(index),
            Event::Listen(index) => self.listen(index, true),
            Event::StoreRecovers => {
                self.store_fails = false;
                self.store_hangs = false;
            }
            Event::Act => self.act(),
        }
    }

    /// What has come down a wire reaches the client, if that still has the other end.
    fn reach_client(&mut self, event: Event) {
        let (Event::Down(id, _) | Event::ClosedDown(id)) = event else {
            return;
        };
        let Wire { device, link, .. } = self.wires[id];
        if self.devices[device].connection != Some((link, id)) {
            return;
        }
        if let Event::Down(_, body) = event {
            let Some(body) = self.wires[id].down.whole(self.now, body) else {
                return;
            };
            self.client(device, |client, now| {
                client.handle_message(now, link, &body);
            });
        } else {
            self.devices[device].connection = None;
            self.client(device, |client, now| client.handle_disconnected(now, link));
        }
    }

    /// One call of a device's engine, and what follows.
    pub(super) fn client(
        &mut self,
        index: usize,
        call: impl FnOnce(&mut mobileim_protocol::client::Client, Instant),
    ) {
        let actions = self.devices[index].call(self.now, call);
        self.follow(index, actions);
    }

    pub(super) fn follow(&mut self, index: usize, actions: Vec<Action>) {
        for action in actions {
            self.log(|| format!("device {index}: {action:?}"));
            match action {
                Action::Connect(link) => self.connect(index, link),
                Action::RequestToken(link) => {
                    let after = self.delay();
                    self.schedule(after, Event::Token(index, link));
                }
                Action::Transmit(link, body) => self.transmit_up(index, link, &body),
                Action::Disconnect(link) => self.disconnect(index, link),
                Action::Shown(fp) => {
                    let has_several = self.plan.sessions == Sessions::PerDevice;
                    let shown = self.model.show(index, &fp, has_several, &self.disk.lock());
                    self.check(shown);
                }
                Action::Delivered(fp) => {
                    self.acknowledged(&fp);
                }
                Action::Lost(fp) => self.model.lose(&fp),
                Action::Kicked => {
                    let after = Duration::from_millis(self.rng.u64(100..60_000));
                    self.schedule(after, Event::LogIn(index));
                }
            }
        }
    }

    /// One call of the server, if it runs, and what follows.
    pub(super) fn serve(&mut self, call: impl FnOnce(&mut Server, Instant)) {
        let now = self.now + self.server_ahead;
        let unix_millis = self.unix_millis();
        let Some(server) = &mut self.server else {
            return;
        };
        server.set_clock(now, unix_millis);
        call(server, now);
        self.follow_changes();
        self.settle(now);
    }

    fn settle(&mut self, now: Instant) {
        for fp in self.disk.lock().take_purged() {
            self.model.purge(&fp);
        }
        while let Some(server) = &mut self.server {
            let effects = server.take_effects();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                self.log(|| format!("server: {effect:?}"));
                match effect {
                    Effect::Deliver(id, body) => self.check_delivery(id, &body),
                    Effect::Expired(fp) => {
                        let expired = self.model.expire(&fp, now);
                        self.check(expired);
                    }
                    Effect::Transmit(id, body) => {
                        if let Some(fp) = acknowledged_fp(&body) {
                            self.acknowledged(&fp);
                        }
                        if body.len() > self.devices[self.wires[id].device].max_body {
                            let what = format!("connection {id} gets {} bytes", body.len());
                            self.violation.get_or_insert(Violation(what));
                        }
                        if let Some(fp) = sent_fp(&body)
                            && self.wires[id].acknowledged.contains(&fp)
                        {
                            let what = format!("{fp} was sent again on connection {id}");
                            self.violation.get_or_insert(Violation(what));
                        }
                        self.transmit_down(id, &body);
                    }
                    Effect::Ping(id) => self.ping(id),
                    Effect::Close(id, reason) => {
                        if let Some(server) = &mut self.server {
                            server.close(now, id, reason);
                        }
                        self.close_down(id);
                    }
                    Effect::Accepted(fp) => {
                        let remembered = self.plan.mailbox.remember_for;
                        let before = self.accepted.insert(fp.clone(), now);
                        if before.is_some_and(|before| now.since(before) < remembered) {
                            let what = format!("{fp} was accepted twice by one server");
                            self.violation.get_or_insert(Violation(what));
                        }
                    }
                    Effect::Refused(fp) => self.model.refuse(&fp),
                    Effect::Acknowledged { fp, mailbox } => {
                        let acknowledged =
                            self.model
                                .acknowledge_in(&fp, &mailbox, now, &self.disk.lock());
                        self.check(acknowledged);
                    }
                }
            }
        }
        self.look_at_disk();
        self.check_memory();
        self.schedule_commit();
    }

    fn schedule_commit(&mut self) {
        let run = self.server_run;
        let StorePlan::Slow { commit, .. } = self.plan.store.clone() else {
            return;
        };
        if let Some(server) = &mut self.server
            && !server.committing
            && server.store.waiting() > 0
        {
            server.committing = true;
            let after = millis(&mut self.rng, &commit);
            self.schedule(after, Event::Commit(run));
        }
    }

    fn commit(&mut self, run: u32) {
        let StorePlan::Slow { answer, .. } = self.plan.store.clone() else {
            return;
        };
        if run != self.server_run {
            return;
        }
        if self.store_hangs {
            return self.schedule(Duration::from_secs(1), Event::Commit(run));
        }
        let fails = self.store_fails;
        let Some(server) = &mut self.server else {
            return;
        };
        let count = self.rng.usize(1..=server.store.waiting());
        server.commit(count, fails);
        self.log(|| {
            format!(
                "store: {count} requests, {}",
                if fails { "failed" } else { "done" }
            )
        });
        self.look_at_disk();
        let after = millis(&mut self.rng, &answer);
        self.schedule(after, Event::Answer(run));
    }

    pub(super) fn schedule_decision(&mut self, id: ConnectionId) {
        if let Some(decision) = self.plan.decision.clone() {
            let after = millis(&mut self.rng, &decision);
            self.schedule(after, Event::Decide(id));
        }
    }

    /// The server's wall clock.
    pub(super) fn unix_millis(&self) -> i64 {
        let elapsed = self.now.since(BEGINNING).as_millis();
        UNIX_MILLIS + self.unix_ahead + i64::try_from(elapsed).expect("a simulation is short")
    }
}
