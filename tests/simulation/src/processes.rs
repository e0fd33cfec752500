//! Processes that start, stop and are killed, and what their applications send.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::{log_of_group, log_of_pair};
use mobileim_hub::{Config, Push, is_group_id};
use mobileim_protocol::mailbox::Role;
use mobileim_protocol::{MAX_BODY, SERVER};

use super::application::Application;
use super::device::Device;
use super::disk::SimulatedStore;
use super::model::APPLICATION;
use super::plan::StorePlan;
use super::server::{Server, SimulatedClock};
use super::world::{Event, World};

impl World {
    pub(super) fn start_server(&mut self) {
        if self.server.is_some() {
            return;
        }
        self.log(|| "server: starts".to_owned());
        self.server_run += 1;
        self.accepted.clear();
        let mut config = Config::default();
        config.mailbox = self.plan.mailbox;
        config.mailbox_memory = self.plan.mailbox_memory;
        config.devices.sessions = self.plan.sessions;
        config.conversations.direct = self.plan.has_conversations;
        config.conversations.groups = self.plan.has_conversations;
        let synchronous = matches!(self.plan.store, StorePlan::Synchronous);
        let now = self.now + self.server_ahead;
        if self.plan.has_conversations {
            self.look_at_members();
        }
        let clock = Arc::<SimulatedClock>::default();
        self.server = Some(Server::start(
            &config,
            SimulatedStore::new(Arc::clone(&self.disk), synchronous),
            Application::new(&self.plan, &clock, now.as_micros()),
            clock,
            now,
            self.unix_millis(),
        ));
    }

    /// The server is killed. What it was about to commit may be durable, though nobody was told.
    pub(super) fn crash_server(&mut self, with_machine: bool) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        self.log(|| {
            format!(
                "server: killed{}",
                if with_machine {
                    " with its machine"
                } else {
                    ""
                }
            )
        });
        let waiting = server.store.waiting();
        self.group_changes.clear();
        if self.rng.bool() && waiting > 0 {
            let count = self.rng.usize(1..=waiting);
            server.commit(count, self.store_fails);
        }
        self.look_at_disk();
        let rng = &mut self.rng_of_conversations;
        self.disk.lock().crash(|| rng.bool());
        self.model.end_server();
        let open: Vec<_> = server.connections().collect();
        for id in open {
            if with_machine {
                self.wires[id].swallows_up = true;
            } else {
                self.close_down(id);
            }
        }
    }

    pub(super) fn end_server(&mut self, run: u32) {
        if run != self.server_run {
            return;
        }
        let busy = self
            .server
            .as_ref()
            .is_some_and(|server| server.committing || server.store.waiting() > 0);
        if busy && !self.store_hangs {
            return self.schedule(Duration::from_millis(100), Event::EndServer(run));
        }
        self.crash_server(false);
    }

    pub(super) fn start_device(&mut self, index: usize) {
        if self.devices[index].is_running() {
            return;
        }
        let (seed, ask) = (self.rng.u64(..), self.rng.bool());
        let mutation = self.plan.client_mutation;
        let actions = self.devices[index].start(self.now, seed, mutation, ask);
        self.follow(index, actions);
        self.listen_soon(index);
    }

    /// Mostly at once; or as late as a page that loads for a minute.
    pub(super) fn listen_soon(&mut self, index: usize) {
        let longest = [1, 1_000, 60_000][self.rng.usize(0..3)];
        let after = Duration::from_millis(self.rng.u64(0..longest));
        self.schedule(after, Event::Listen(index));
    }

    pub(super) fn listen(&mut self, index: usize, listening: bool) {
        let actions = self.devices[index].listen(self.now, listening);
        self.follow(index, actions);
    }

    pub(super) fn log_in(&mut self, index: usize) {
        let ask = self.rng.bool();
        let actions = self.devices[index].login(self.now, ask);
        self.follow(index, actions);
    }

    pub(super) fn send(&mut self, index: usize, to: &str) {
        let content = self.content();
        // Not every device of the receiver takes it: it waits for one that does, or is refused.
        let takes_less = |device: &Device| device.user == to && device.max_body < MAX_BODY;
        let is_long = !content.is_ascii() && self.devices.iter().any(takes_less);
        let (fp, actions) = self.devices[index].send(self.now, to, content);
        if let Some(fp) = fp {
            let from = self.devices[index].user.clone();
            let readers = self.readers(Some(index), to);
            self.model.send(index, &from, to, &fp, is_long, readers);
            if self.plan.has_conversations && to != SERVER {
                let log = if is_group_id(to) {
                    log_of_group(to)
                } else {
                    log_of_pair(&from, to)
                };
                self.model.log(&fp, log);
            }
        }
        self.follow(index, actions);
    }

    /// Where users have several devices: those that are to be shown a message of this one to this user, and their mailboxes.
    fn readers(&self, sender: Option<usize>, to: &str) -> BTreeMap<usize, String> {
        let disk = self.disk.lock();
        let from = sender.map(|sender| &self.devices[sender].user);
        let devices = self.devices.iter().enumerate();
        let group = self
            .server
            .as_ref()
            .and_then(|server| server.handle.group(to));
        let readers = devices.filter_map(|(index, device)| {
            let is_receivers = match &group {
                // To whom it has come from is the same as below.
                Some(group) => {
                    let is_user = |(user, _): &(Arc<str>, Role)| **user == *device.user;
                    group.members.iter().any(is_user) && Some(&device.user) != from
                }
                None => device.user == *to,
            };
            let has_copy =
                Some(&device.user) == from && device.name.is_some() && Some(index) != sender;
            let mailbox = disk.mailbox(&device.user, device.name.as_deref().unwrap_or_default());
            Some((index, mailbox.filter(|_| is_receivers || has_copy)?))
        });
        readers.collect()
    }

    /// Mostly something short; now and then more than some transports take.
    fn content(&mut self) -> String {
        let len = if self.rng.u32(0..100) < 2 {
            self.rng.usize(600..5000)
        } else {
            0
        };
        if len == 0 {
            "hi".to_owned()
        } else {
            "…".repeat(len)
        }
    }

    /// The application on the server sends.
    pub(super) fn push(&mut self, to: &str) {
        let longest = self.plan.longest_ttl.filter(|_| self.plan.apart.bool());
        let ttl = longest.map(|longest| Duration::from_millis(self.plan.apart.u64(1..longest)));
        let push = Push {
            refs: None,
            content: "push".to_owned(),
            typeu: -1,
            qos: true,
            ttl,
        };
        let Some(server) = &self.server else { return };
        // Its fingerprint is known only afterwards; what follows from the call is looked at then.
        if let Some(fp) = server.handle.send(to, &push) {
            let readers = self.readers(None, to);
            self.model
                .send(APPLICATION, SERVER, to, &fp, false, readers);
            // By the server's clock as it was when it was called last.
            if let Some(ttl) = ttl {
                self.model.give_time(&fp, server.now() + ttl);
            }
        }
        self.serve(|_, _| {});
    }
}
