//! A whole world in one thread and in virtual time: client engines and the server's own code (connections, registry,
//! mailboxes), joined by links that lose, repeat, delay, reorder, break and die silently, above a store that is slow,
//! fails and hangs; in it servers are killed and stopped, devices are killed and frozen, clocks jump, users are kicked.
//!
//! One number, the seed, decides everything: a failure replays from it. What is simulated is what surrounds the engines
//! and [`Connection`](mobileim_hub::Connection): sockets, the disk, time, people. A reference model ([`Violation`])
//! checks at every step that
//!
//! - what the server has acknowledged is delivered or durable, and is delivered in the end;
//! - no application gets a message twice, and no stream connection one that came back acknowledged on it;
//! - the messages of one sender to one receiver are shown in the order they were sent;
//! - what has a time to live is sent before that is over or to nobody, unless to the session to which it was sent before, and is
//!   given up no sooner and acknowledged no later;
//! - each member of a group is shown its messages on each device, from joining to leaving, in the order of each sender, whatever is killed,
//!   and no device passes by what it was not shown;
//! - what is taken away from the store is not sent any more, and nothing else is missing;
//! - what is in memory is bounded;
//! - no link gets a body that is longer than it takes;
//!
//! and, after the faults have ended, that everything that was sent arrives and that the server forgets everybody.

mod acts;
mod application;
mod checks;
mod conversations;
mod device;
mod disk;
mod model;
mod network;
mod plan;
mod processes;
mod server;
mod world;

use std::time::Duration;

use fastrand::Rng;
use mobileim_hub::{Sessions, user_of};
use mobileim_protocol::MAX_BODY;

pub use mobileim_protocol::{client, mailbox};
pub use model::{Counts, Violation};
use plan::{Network, Plan};
use world::{Event, World};

/// How long everything may take to arrive once nothing goes wrong any more. Longer than any wait of an engine.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);

/// What to simulate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether each step is printed.
    pub trace: bool,
    /// A fault that is put in on purpose.
    pub mutation: Option<Mutation>,
}

/// A fault of an engine, to see whether the simulation finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// On the server.
    Mailbox(mailbox::Mutation),
    /// On each device.
    Client(client::Mutation),
}

/// What happened, if no promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Of the messages.
    pub counts: Counts,
    /// How many things happened.
    pub events: u64,
    /// How often the server was started.
    pub server_runs: u32,
}

/// Simulates the world of a seed.
pub fn run(seed: u64, options: Options) -> Result<Report, Violation> {
    // The fingerprints of what the server's application sends.
    let mut rng = Rng::with_seed(seed);
    let mut plan = Plan::draw(&mut rng);
    match options.mutation {
        Some(Mutation::Mailbox(mutation)) => plan.mailbox.mutation = Some(mutation),
        Some(Mutation::Client(mutation)) => plan.client_mutation = Some(mutation),
        None => {}
    }
    if options.trace {
        eprintln!("{plan:#?}");
    }
    let mut world = World::new(rng, plan, options.trace);
    world.start_server();
    for index in 0..world.devices.len() {
        world.start_device(index);
    }
    world.schedule(Duration::ZERO, Event::Act);
    let trouble = world.plan.trouble;
    world.run_until(world.now + trouble)?;
    world.calm_down();
    world.drain_outboxes()?;
    world.deliver_everything()?;
    world.forget_everybody()?;
    Ok(Report {
        counts: world.model.counts,
        events: world.events_handled,
        server_runs: world.server_run,
    })
}

impl World {
    /// Nothing goes wrong any more.
    fn calm_down(&mut self) {
        self.log(|| "calm".to_owned());
        self.end_trouble();
        self.network = Network::good();
        // What comes on a connection waits for what came before it to be decided: an application that takes half a
        // second for each message lets no heartbeat through in time.
        self.plan.decision = self.plan.decision.take().map(|_| 1..2);
        self.store_fails = false;
        self.store_hangs = false;
        self.start_server();
    }

    /// Each device sends what it has not yet sent: of each user one at a time, since they would kick each other.
    fn drain_outboxes(&mut self) -> Result<(), Violation> {
        for turn in 0..2 {
            self.only_devices(turn);
            self.wait("an outbox is stuck", |world| {
                world
                    .devices
                    .iter()
                    .all(|device| !device.is_running() || device.pending() == 0)
            })?;
        }
        Ok(())
    }

    /// Each user's first device gets whatever is left.
    fn deliver_everything(&mut self) -> Result<(), Violation> {
        self.only_devices(0);
        self.wait("something stays on the disk", |world| world.waiting() == 0)?;
        let takes_everything = |user: &str| self.max_body(user) == MAX_BODY;
        let now = self.now + self.server_ahead;
        self.model
            .check_delivered(now, takes_everything, &self.disk.lock())
    }

    /// How many stored messages each user's first device could get.
    fn waiting(&self) -> usize {
        self.disk.lock().waiting(|user| self.max_body(user))
    }

    /// The longest body that a user's first device takes.
    fn max_body(&self, user: &str) -> usize {
        let mut devices = self.devices.iter();
        let first = devices.find(|device| device.user == *user_of(user));
        first.map_or(0, |device| device.max_body)
    }

    /// Without devices, a server has nothing to remember.
    fn forget_everybody(&mut self) -> Result<(), Violation> {
        self.only_devices(usize::MAX);
        self.run_until(self.now + PATIENCE)?;
        let known = self
            .server
            .as_ref()
            .map_or(0, |server| server.handle.view().known_users());
        if known == 0 {
            Ok(())
        } else {
            Err(Violation(format!("the server still knows {known} users")))
        }
    }

    /// Runs the so-manieth device of each user, and no other.
    fn only_devices(&mut self, turn: usize) {
        for index in 0..self.devices.len() {
            let user = &self.devices[index].user;
            let earlier = self.devices[..index].iter();
            let number = earlier.filter(|device| device.user == *user).count();
            let has_several = self.plan.sessions == Sessions::PerDevice && turn != usize::MAX;
            let is_on = number == turn || has_several;
            // What it has fetched and the disk did not forget, it finds out when it logs in.
            if self.devices[index].is_running() && (has_several || !is_on) {
                self.cut(index);
                self.devices[index].crash();
            }
            if is_on {
                self.start_device(index);
                self.log_in(index);
            }
        }
    }

    fn wait(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<(), Violation> {
        let end = self.now + PATIENCE;
        while !done(self) {
            if self.now >= end {
                let stored = self.waiting();
                let pending: Vec<_> = self.devices.iter().map(|device| device.pending()).collect();
                return Err(Violation(format!(
                    "{what} for {PATIENCE:?}: {stored} stored, unacknowledged {pending:?}"
                )));
            }
            self.run_until(self.now + Duration::from_secs(1))?;
        }
        Ok(())
    }
}
