//! Bytes as what senders, the receiver's devices, the store and the clock do to a mailbox.

mod end;
mod invariants;
pub mod keeper;
mod lives;
mod logs;
mod memory;
mod model;
mod people;
mod store;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{
    Accepted, Completion, Config, Envelope, Mailbox, Output, Request, SessionId, StoreFailure,
    StoredMessage,
};
use mobileim_protocol::{Instant, SERVER};

use super::input::Input;
use super::trace;
use model::{KINDS, Kind, Model, id_of};
use people::{Device, Id, Sender, Way};
use store::Store;

/// Carries out what the bytes say, checks after each step, and at the end that everything arrives.
pub fn run(input: &[u8], change: impl FnOnce(&mut Config)) {
    run_with(input, 31, change);
}

/// The same where the user reads the logs of conversations, too.
pub fn run_with_logs(input: &[u8], change: impl FnOnce(&mut Config)) {
    run_with(input, 39, change);
}

fn run_with(input: &[u8], last_choice: u64, change: impl FnOnce(&mut Config)) {
    let mut input = Input::new(input);
    let mut world = World::new(&mut input, last_choice, change);
    while !input.is_empty() {
        world.step(&mut input);
        world.check();
    }
    world.everything_arrives();
}

struct World {
    mailbox: Mailbox,
    config: Config,
    now: Instant,
    deadline: Option<Instant>,
    store: Store,
    model: Model,
    senders: [Sender; 3],
    devices: [Device; 2],
    last_session: u64,
    /// The append that is not answered.
    batch: Vec<Id>,
    /// The load that is not answered: how often reading had begun anew before.
    load: Option<u64>,
    loads_begun_anew: u64,
    /// The last thing that may happen.
    last_choice: u64,
    /// What was written into logs, and the mailbox is to be told of.
    untold: VecDeque<StoredMessage>,
}

impl World {
    fn new(input: &mut Input<'_>, last_choice: u64, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            max_messages: input.one_of(&[6, 2, 16]),
            max_bytes: input.one_of(&[4096, 512]),
            in_flight: input.one_of(&[3, 1, 8]),
            load_window: input.one_of(&[4, 1, 8]),
            remembered: input.one_of(&[4096, 4096, 3]),
            ..Config::default()
        };
        change(&mut config);
        Self {
            mailbox: Mailbox::new(config),
            config,
            now: Instant::from_millis(1_000_000),
            deadline: None,
            store: Store::default(),
            model: Model::new(config),
            senders: [
                Sender::new("alice", Way::Stream),
                Sender::new("carol", Way::Datagram),
                Sender::new(SERVER, Way::Inside),
            ],
            devices: Default::default(),
            last_session: 0,
            batch: Vec::new(),
            load: None,
            loads_begun_anew: 0,
            last_choice,
            untold: VecDeque::new(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let choice = input.number(self.last_choice);
        trace(|| format!("at {} ms, step {choice}", self.now.as_micros() / 1000));
        match choice {
            0..=3 => {
                let sender = self.send(input);
                self.arrive_at_server(sender, input.number(255));
            }
            4 => {
                self.send(input);
            }
            5..=7 => {
                let sender = input.below(self.senders.len());
                self.arrive_at_server(sender, input.number(255));
            }
            8 | 9 => self.sender_acts(input),
            10 => {
                let sender = input.below(self.senders.len());
                self.senders[sender].take_acknowledgement(self.now);
            }
            11 | 12 => {
                let device = input.below(self.devices.len());
                self.attach(device, input.one_of(&KINDS));
            }
            13 => self.detach_any(input),
            14..=17 => {
                let device = input.below(self.devices.len());
                self.arrive_at_device(device, input.number(255));
            }
            18..=20 => {
                let device = input.below(self.devices.len());
                self.take_device_acknowledgement(device, input.number(255));
            }
            21 => self.acknowledge_anything(input),
            22..=24 => self.store_works(input),
            25 | 26 => {
                self.store_answers();
            }
            27 => while self.store.work(None) || self.store_answers() {},
            28 => self.wake(),
            29 => self.let_time_pass(input),
            30 => self.replace(input.flag()),
            31 => self.deliver_unreliable(),
            choice => self.step_of_logs(choice, input),
        }
    }

    /// A sender sends something new.
    fn send(&mut self, input: &mut Input<'_>) -> usize {
        let sender = input.below(self.senders.len());
        let filling = input.below(241);
        let id = self.model.messages.len();
        let envelope = Envelope {
            from: self.senders[sender].name.into(),
            fp: id.to_string().into(),
            bridge: filling % 2 == 1,
            body: Bytes::from(format!("{id}|{}", "x".repeat(filling))),
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        };
        let id = self.model.send(sender, envelope);
        if self.senders[sender].way == Way::Inside {
            self.deliver(id);
        } else {
            self.senders[sender].send(self.now, id);
        }
        sender
    }

    /// Something arrives at the server: of datagrams any, or a copy of it.
    fn arrive_at_server(&mut self, sender: usize, choice: u64) {
        let (at, copy) = choose(choice, self.senders[sender].arrivals());
        if let Some(id) = self.senders[sender].arrive(self.now, at, copy) {
            self.deliver(id);
        }
    }

    fn sender_acts(&mut self, input: &mut Input<'_>) {
        let index = input.below(self.senders.len());
        let sender = &mut self.senders[index];
        match input.number(5) {
            0 | 1 => sender.repeat(self.now),
            2 => sender.relink(self.now),
            3 => sender.lose(input.below(sender.arrivals().max(1))),
            4 => sender.acknowledgements.clear(),
            _ => {
                if let Some(id) = sender.outbox.front().copied() {
                    sender.forget(self.now, id);
                    self.model.lose(id);
                }
            }
        }
    }

    fn deliver(&mut self, id: Id) {
        let envelope = self.model.messages[id].envelope.clone();
        let len = self.mailbox.len();
        self.model.begin(self.now);
        self.model.before_delivery(id);
        let accepted = self.mailbox.deliver(self.now, envelope);
        trace(|| format!("  deliver {id}: {accepted:?}"));
        if accepted == Accepted::New {
            self.model.take(self.now, id);
        }
        self.drain();
        self.model.delivered(self.now, id, accepted, len);
        let sender = &mut self.senders[self.model.messages[id].sender];
        if sender.way == Way::Inside && accepted == Accepted::Overloaded {
            self.model.lose(id);
        }
        if matches!(accepted, Accepted::TooLong { .. }) {
            sender.forget(self.now, id);
        }
    }

    fn deliver_unreliable(&mut self) {
        self.model.begin(self.now);
        let sent = self.mailbox.deliver_unreliable(&Bytes::from_static(b"|"));
        assert_eq!(sent, !self.model.sessions.is_empty());
        self.drain();
        assert_eq!(self.model.outcome.outputs, self.model.sessions.len());
    }

    /// A device logs in; if it was logged in, on another link.
    fn attach(&mut self, device: usize, kind: Kind) {
        self.detach(device);
        self.last_session += 1;
        let session = SessionId(self.last_session);
        trace(|| format!("  attach {session:?}, {kind:?}"));
        let datagram = kind.transport.is_datagram();
        self.devices[device].attach(session, datagram);
        self.attach_session(session, kind);
    }

    fn attach_session(&mut self, session: SessionId, kind: Kind) {
        self.model.begin(self.now);
        // One that takes more than the others begins to read anew; what was being read for them is of no use.
        let mut kinds = self.model.sessions.values();
        self.loads_begun_anew += u64::from(kinds.all(|live| live.max_body < kind.max_body));
        self.model.attach(session, kind);
        self.mailbox
            .attach(self.now, session, kind.transport, kind.max_body);
        self.drain();
    }

    fn detach(&mut self, device: usize) {
        if let Some(session) = self.devices[device].detach() {
            self.detach_session(session);
        }
    }

    fn detach_session(&mut self, session: SessionId) {
        trace(|| format!("  detach {session:?}"));
        self.model.begin(self.now);
        self.model.detach(session);
        self.loads_begun_anew += u64::from(self.model.sessions.is_empty());
        self.mailbox.detach(self.now, session);
        self.drain();
    }

    /// A session ends that lives, or one that has ended long ago.
    fn detach_any(&mut self, input: &mut Input<'_>) {
        let choice = input.below(self.devices.len() + 1);
        if choice < self.devices.len() {
            self.detach(choice);
        } else {
            self.detach_session(SessionId(0));
        }
    }

    fn arrive_at_device(&mut self, device: usize, choice: u64) {
        let device = &mut self.devices[device];
        let (at, copy) = choose(choice, device.arrivals(&device.link));
        let Some(id) = device.link.remove(at) else {
            return;
        };
        if device.datagram && copy {
            device.link.push_back(id);
        }
        device.acknowledgements.push_back(id);
        if device.seen.insert(id) {
            self.model.show(id);
        }
    }

    fn take_device_acknowledgement(&mut self, device: usize, choice: u64) {
        let device = &mut self.devices[device];
        let (at, lost) = choose(choice, device.arrivals(&device.acknowledgements));
        if let Some(id) = device.acknowledgements.remove(at)
            && let Some(session) = device.session
            && !(device.datagram && lost)
        {
            self.acknowledge(session, id);
        }
    }

    /// Whatever a device, or what was one, may say of whatever message.
    fn acknowledge_anything(&mut self, input: &mut Input<'_>) {
        let session = SessionId(input.number(self.last_session + 1));
        if !self.model.messages.is_empty() {
            self.acknowledge(session, input.below(self.model.messages.len()));
        }
    }

    fn acknowledge(&mut self, session: SessionId, id: Id) {
        let sender = Arc::clone(&self.model.messages[id].envelope.from);
        let before = self.mailbox.len();
        let loaded = self.model.is_loaded(id);
        trace(|| format!("  acknowledge {id} on {session:?}"));
        self.model.begin(self.now);
        self.mailbox
            .acknowledge(self.now, session, &sender, &id.to_string());
        let let_go = self.mailbox.len() < before;
        assert_eq!(self.mailbox.len(), before - usize::from(let_go));
        assert!(!let_go || self.model.sessions.contains_key(&session));
        self.model.receive(self.now, id, let_go);
        self.drain();
        if let_go {
            self.model.received(id, loaded);
        } else {
            let outputs = self.model.outcome.outputs;
            assert_eq!(outputs, 0, "acknowledged what was not there");
        }
    }

    fn store_works(&mut self, input: &mut Input<'_>) {
        let room = input.below(4);
        let failure = match input.number(9) {
            0 | 1 => Some((StoreFailure::Unavailable, room)),
            2 => Some((StoreFailure::QuotaExceeded, room)),
            3 => Some((StoreFailure::NoStore, 0)),
            _ => None,
        };
        self.store.work(failure);
    }

    /// The store's oldest answer comes.
    fn store_answers(&mut self) -> bool {
        let Some(answer) = self.store.answers.pop_front() else {
            return false;
        };
        trace(|| format!("  {answer:?}"));
        self.model.begin(self.now);
        match &answer {
            Completion::Appended { positions, failure } => {
                let batch = std::mem::take(&mut self.batch);
                self.model.appended(self.now, positions, &batch, *failure);
            }
            Completion::Loaded { messages, .. } => {
                let live = self.load.take() == Some(self.loads_begun_anew);
                self.model.loaded(self.now, messages, live);
            }
            Completion::NotLoaded => self.load = None,
            answer => panic!("no answer of this store: {answer:?}"),
        }
        self.mailbox.handle_store(self.now, answer);
        self.drain();
        self.model.answered(self.now);
        true
    }

    /// Comes back at the deadline, as the server does.
    fn wake(&mut self) {
        if let Some(deadline) = self.deadline {
            self.now = self.now.max(deadline);
            self.handle_timeout();
            assert!(
                self.deadline.is_none_or(|at| at > self.now),
                "a deadline that comes at once"
            );
        }
    }

    fn handle_timeout(&mut self) {
        trace(|| format!("  timeout at {} ms", self.now.as_micros() / 1000));
        self.model.begin(self.now);
        self.mailbox.handle_timeout(self.now);
        self.drain();
        (self.model).check_persisted(self.now, &self.batch, &self.store);
    }

    fn let_time_pass(&mut self, input: &mut Input<'_>) {
        let millis = input.number(0xffff);
        self.now = match input.number(5) {
            // Two threads that read the clock may come in the other order.
            0 => self.now - Duration::from_millis(millis % 50),
            1 => self.now + Duration::from_secs(millis % 1000),
            _ => self.now + Duration::from_millis(millis),
        };
        if input.flag() {
            // As another user's turn may do, too early or late.
            self.handle_timeout();
        }
    }

    fn drain(&mut self) {
        // Each message in memory is appended, sent to each session twice and settled, at most.
        self.model.note_too_long(&self.store);
        let most = 16 + (self.mailbox.len() + 16) * (2 * self.model.sessions.len() + 4);
        loop {
            let output = self.mailbox.poll_output();
            trace(|| format!("    {output:?}"));
            match output {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    return;
                }
                Output::Transmit { session, body, .. } => {
                    let id = self.model.transmit(session, &body);
                    let mut devices = self.devices.iter_mut();
                    let device = devices.find(|device| device.session == Some(session));
                    device.expect("a live session").link.extend(id);
                }
                Output::AcknowledgeSender {
                    sender,
                    fp,
                    bridge,
                    cause,
                    ..
                } => {
                    let id = self.model.acknowledge_sender(&sender, &fp, bridge);
                    self.model.check_cause(id, cause, &self.store);
                    self.tell_sender(id);
                }
                Output::Fetched { sender, fp, .. } => self.model.fetched(&sender, &fp),
                Output::Store(request) => self.submit(request),
                Output::Logged { message, .. } => panic!("{message:?} is in no log of its own"),
                Output::Expired { message } => panic!("{message:?} has no time to live"),
                Output::Rejected { message, why } => {
                    let id = self.model.reject(self.now, &message, why);
                    match why {
                        // The server says so to the sender, and to the application in any case.
                        StoreFailure::QuotaExceeded => self.tell_sender(id),
                        _ if *message.from == *SERVER => self.model.lose(id),
                        _ => {}
                    }
                }
            }
            self.model.outcome.outputs += 1;
            assert!(self.model.outcome.outputs <= most, "the outputs do not end");
        }
    }

    fn submit(&mut self, request: Request) {
        match &request {
            Request::Append { messages } => {
                self.model.append(messages, &self.store);
                assert!(self.batch.is_empty());
                self.batch = messages.iter().map(id_of).collect();
            }
            Request::Load { .. } => {
                assert!(!self.model.sessions.is_empty(), "for whom is it loaded");
                assert_eq!(self.load, None, "one load at a time");
                self.load = Some(self.loads_begun_anew);
            }
            Request::CancelLoad => {
                assert!(self.load.is_some(), "there is none to cancel");
                assert_ne!(self.load, Some(self.loads_begun_anew), "it is wanted");
                return self.store.cancel_load();
            }
            Request::Delete { position, .. } => self.model.delete(*position, &self.store),
            Request::Advance { through } => self.model.advance(*through, &self.store),
        }
        self.store.requests.push_back(request);
    }

    fn tell_sender(&mut self, id: Id) {
        let sender = &mut self.senders[self.model.messages[id].sender];
        sender.acknowledgements.push_back(id);
    }

    fn check(&self) {
        let (len, bytes) = (self.mailbox.len(), self.mailbox.bytes());
        assert_eq!(self.mailbox.is_empty(), len == 0);
        self.model.check(len, bytes, &self.store);
        if self.model.sessions.is_empty() {
            (self.model).check_persisted(self.now, &self.batch, &self.store);
        }
        if self.mailbox.is_idle() {
            self.model.check_idle(len, &self.store);
            let untold = self.untold.front().map(|stored| stored.position);
            self.model.check_logs_idle(&self.store, untold);
        }
    }
}

/// Which of this many, and whether something else happens to it: every eighth time.
fn choose(choice: u64, of: usize) -> (usize, bool) {
    let at = usize::try_from(choice / 8).unwrap_or(0);
    (at.checked_rem(of).unwrap_or(0), choice % 8 == 1)
}
