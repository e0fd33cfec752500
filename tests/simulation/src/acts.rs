//! What people do, and what goes wrong meanwhile.

use std::time::Duration;

use mobileim_hub::Deferred;
use mobileim_hub::store::Which;
use mobileim_protocol::SERVER;

use super::world::{Event, World};

impl World {
    /// Somebody does something; and somebody else will, a while later.
    pub(super) fn act(&mut self) {
        if self.rng.u32(0..100) < self.plan.faults {
            self.fault();
        } else {
            self.talk();
        }
        if self.plan.has_conversations {
            self.change_group();
        }
        if self.plan.apart.u32(0..100) < self.plan.purges {
            self.purge();
        }
        let mean = self.plan.pause.as_secs_f64();
        // Exponentially distributed, as what independent people do.
        let pause = -(1.0 - self.rng.f64()).ln() * mean;
        self.schedule(Duration::from_secs_f64(pause.min(30.0)), Event::Act);
    }

    fn talk(&mut self) {
        let index = self.rng.usize(0..self.devices.len());
        let to = self.rng.usize(0..self.devices.len());
        let to = self.devices[to].user.clone();
        if to == self.devices[index].user {
            return self.push(&to);
        }
        let to = self.perhaps_group().unwrap_or(to);
        let burst = if self.rng.u32(0..100) < 5 {
            self.rng.u32(2..20)
        } else {
            1
        };
        for _ in 0..burst {
            let to = if self.rng.u32(0..100) < 5 {
                SERVER
            } else {
                &to
            };
            self.send(index, to);
        }
    }

    /// What waits for somebody is taken away: all of it, or what the application has sent.
    fn purge(&mut self) {
        let index = self.plan.apart.usize(0..self.devices.len());
        let user = self.devices[index].user.clone();
        let mut which = Which::default();
        which.from = self.plan.apart.bool().then(|| SERVER.into());
        self.log(|| format!("{user}: what waits is taken away: {which:?}"));
        self.serve(|server, _| {
            let purged = server.handle.purge(&user, &which);
            assert!(matches!(purged, Deferred::Ready(Ok(_))), "the disk does it");
        });
    }

    fn fault(&mut self) {
        let index = self.rng.usize(0..self.devices.len());
        match self.rng.u32(0..100) {
            0..20 => self.cut(index),
            20..30 => self.swallow(index),
            30..37 => self.rebind(index),
            37..45 => self.kill_device(index),
            45..53 => self.freeze(index),
            53..58 => {
                let ahead = self.rng.i64(-600_000_000..600_000_000);
                self.log(|| format!("device {index}: its clock is set {ahead} µs ahead"));
                self.devices[index].set_clock(ahead);
            }
            58..61 => self.server_ahead += Duration::from_millis(self.rng.u64(0..100_000)),
            61..63 => self.unix_ahead += self.rng.i64(-3_600_000..3_600_000),
            63..75 => self.kill_server(),
            75..80 => self.disturb_store(),
            80..83 => {
                let user = self.devices[index].user.clone();
                self.serve(|server, _| {
                    server.handle.kick(&user, Some("simulated"));
                });
            }
            83..90 => self.log_in_or_start(index),
            90..92 => {
                self.client(index, |client, now| client.logout(now));
                let after = Duration::from_millis(self.rng.u64(1..10_000));
                self.schedule(after, Event::LogIn(index));
            }
            92..96 => {
                let available = self.rng.bool();
                self.client(index, |client, now| client.handle_network(now, available));
            }
            96..98 => {
                let visible = self.rng.bool();
                self.client(index, |client, now| client.handle_visible(now, visible));
            }
            _ => {
                self.log(|| format!("device {index}: nobody listens"));
                self.listen(index, false);
                self.listen_soon(index);
            }
        }
    }

    fn kill_device(&mut self, index: usize) {
        if !self.devices[index].is_running() {
            return;
        }
        self.log(|| format!("device {index}: killed"));
        if self.rng.bool() {
            self.cut(index);
        } else {
            self.swallow(index);
        }
        self.devices[index].crash();
        let after = Duration::from_millis(self.rng.u64(1..60_000));
        self.schedule(after, Event::StartDevice(index));
    }

    fn freeze(&mut self, index: usize) {
        let longest = [1_000, 30_000, 400_000][self.rng.usize(0..3)];
        let thaws = self.now + Duration::from_millis(self.rng.u64(1..longest));
        self.log(|| format!("device {index}: frozen for {:?}", thaws.since(self.now)));
        let device = &mut self.devices[index];
        device.frozen_until = device.frozen_until.max(thaws);
    }

    fn kill_server(&mut self) {
        match self.rng.u32(0..3) {
            0 => {
                let run = self.server_run;
                self.log(|| "server: stops".to_owned());
                self.serve(|server, _| server.stop());
                return self.schedule(Duration::from_millis(1), Event::EndServer(run));
            }
            1 => self.crash_server(false),
            _ => self.crash_server(true),
        }
        self.restart_server();
    }

    pub(super) fn restart_server(&mut self) {
        let after = Duration::from_millis(self.rng.u64(1..20_000));
        self.schedule(after, Event::StartServer);
    }

    fn disturb_store(&mut self) {
        if self.rng.bool() {
            self.store_fails = true;
        } else {
            self.store_hangs = true;
        }
        let after = Duration::from_millis(self.rng.u64(1..60_000));
        self.log(|| format!("store: away for {after:?}"));
        self.schedule(after, Event::StoreRecovers);
    }

    fn log_in_or_start(&mut self, index: usize) {
        if self.devices[index].is_running() {
            self.log_in(index);
        } else {
            self.start_device(index);
        }
    }
}
