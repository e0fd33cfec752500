//! What the writer does by itself: it removes messages that are too old, and finds out whether the store works.

use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Envelope;

use super::age::{AgeClock, Now};
use super::events::expired;
use super::messages::{Messages, NewMessage};
use super::writer::{Writer, count, within};
use crate::database::{Backend, Connection as _, Failure};
use mobileim_hub::store::DiskStats;

/// How often messages that are too old are looked for, and how many are removed in one transaction.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
const EXPIRE_AT_ONCE: u32 = 1000;

/// How often the time is saved by which messages get old. A crash makes it go back by that, and messages wait longer.
const SAVE_EVERY: Duration = Duration::from_secs(600);

/// How often it is found out whether the store works, if nobody asks.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// How often at most a message is stored only to see whether that can be done.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// How often it is found out how much room there is, while messages are stored; sooner if it may be used up.
const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// How long that message is: more than what may be left over in a page.
const PROBE: &[u8] = &[b'x'; 4096];

/// What is to be done, and when.
pub(super) struct Chores {
    /// Once the database has said what time it knows.
    pub(super) age: Option<AgeClock>,
    expire_at: Instant,
    save_at: Instant,
    check_at: Instant,
    /// When a message may be stored again only to see whether that can be done.
    probe_at: Instant,
    /// When it is to be found out again how much room there is.
    measure_at: Instant,
}

impl Chores {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            age: None,
            expire_at: now,
            save_at: now + SAVE_EVERY,
            check_at: now + CHECK_EVERY,
            probe_at: now,
            measure_at: now,
        }
    }

    /// How much room there is is to be found out at once.
    pub(super) fn measure_anew(&mut self, now: Instant) {
        self.measure_at = now;
    }
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Does what is due.
    pub(super) async fn do_chores(&mut self) {
        let now = self.clock.now();
        if self.max_age().is_some() {
            self.keep_time(now).await;
            if now >= self.chores.save_at {
                self.save_time().await;
            }
        }
        if now >= self.chores.expire_at {
            self.expire(now).await;
        }
        if self
            .events
            .as_ref()
            .is_some_and(|events| now >= events.remove_at())
        {
            self.remove_events(now).await;
        }
        if self.sweep_at().is_some_and(|at| now >= at) {
            self.sweep_logs(now).await;
        }
        if self.cursors.write_at().is_some_and(|at| now >= at) {
            self.write_cursors().await;
        }
        if now >= self.chores.check_at {
            // What it finds is said where it is asked for.
            let _ = self.check().await;
        }
        if now >= self.chores.measure_at {
            // What fails here fails for what is to be stored, which says so.
            let _ = self.measure(0).await;
        }
    }

    /// Finds out how much room there is, if a second has passed or there may not be enough for so many bytes.
    pub(super) async fn measure(&mut self, wanted: u64) -> Result<(), Failure> {
        let now = self.clock.now();
        // With what others may store in the same transaction.
        let wanted = wanted.saturating_add(self.database.transaction_bytes() as u64);
        if now < self.chores.measure_at && wanted <= self.quota.room() {
            return Ok(());
        }
        self.chores.measure_at = now + MEASURE_EVERY;
        let patience = self.database.patience();
        let known = self.quota.total();
        let connection = self.database.get().await?;
        let looked = within::<D::Connection, _>(patience, async {
            let total = match known {
                Some(total) => total,
                None => connection.total().await?,
            };
            Ok((total, connection.room().await?))
        })
        .await;
        let (total, room) = match looked {
            Ok(looked) => looked,
            Err(failure) => {
                self.disconnect().await;
                return Err(failure);
            }
        };
        self.quota.learn_total(total);
        self.quota.learn_room(match room {
            None => u64::MAX,
            Some(room) if room.min_free == 0 => u64::MAX,
            Some(room) if room.is_low => room.for_new(),
            // One transaction may go past the bound: nothing is refused before it is reached. Others fill the disk too: no more than a
            // part of what is to stay free passes between two looks.
            Some(room) => room.for_new().min(room.min_free / 4).max(wanted),
        });
        let disk = room.map(|room| DiskStats::new(room.free, room.min_free, room.is_low));
        self.report.disk(disk);
        self.state.measured.lock().disk = disk;
        self.publish();
        Ok(())
    }

    /// Lets others see how much is stored.
    pub(super) fn publish(&self) {
        self.state.measured.lock().amount = self.quota.total();
    }

    /// When to look up, if nobody asks for anything.
    pub(super) fn next_chore(&self) -> tokio::time::Instant {
        let chores = &self.chores;
        let mut at = chores.check_at.min(chores.expire_at);
        if let Some(events) = &self.events {
            at = at.min(events.next());
        }
        if self.max_age().is_some() {
            at = at.min(chores.save_at);
        }
        let of_logs = [self.sweep_at(), self.cursors.write_at()];
        at = of_logs.into_iter().flatten().fold(at, Instant::min);
        let chore = tokio::time::Instant::now() + at.since(self.clock.now());
        self.report.next().map_or(chore, |report| report.min(chore))
    }

    /// What time it is. What is stored now is never stored before anything that is stored already.
    pub(super) fn time(&self) -> Now {
        let wall = self.clock.unix_millis();
        let age = self.chores.age.as_ref();
        Now {
            at: self.clock.now(),
            wall,
            stored_at: age.map_or(wall, |age| age.millis().max(wall)),
        }
    }

    /// What was stored before this is too old.
    pub(super) fn not_before(&self) -> i64 {
        let age = self.chores.age.as_ref();
        age.map_or(i64::MIN, |age| self.limits.oldest(age.millis()))
    }

    /// Saves the time by which messages get old.
    pub(super) async fn save_time(&mut self) {
        self.chores.save_at = self.clock.now() + SAVE_EVERY;
        let Some(millis) = self.chores.age.as_ref().map(AgeClock::millis) else {
            return;
        };
        let patience = self.database.patience();
        let saved = match self.database.get().await {
            Ok(connection) => {
                within::<D::Connection, _>(patience, connection.save_time(millis)).await
            }
            Err(failure) => Err(failure),
        };
        if let Err(failure) = saved {
            self.recover(&failure).await;
        }
    }

    /// Finds out whether messages can be stored; if not, says why.
    pub(super) async fn check(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        self.chores.check_at = now + CHECK_EVERY;
        if let Some(trouble) = self.trouble() {
            if now < self.chores.probe_at {
                return Err(trouble);
            }
            self.chores.probe_at = now + PROBE_EVERY;
            match self.probe().await {
                Ok(()) => self.works(),
                Err(failure) => self.recover(&failure).await,
            }
        } else if let Err(failure) = self.look().await {
            self.fail(&failure).await;
        }
        self.trouble().map_or(Ok(()), Err)
    }

    fn trouble(&self) -> Option<String> {
        self.state.trouble.lock().clone()
    }

    /// Whether the database is there.
    async fn look(&mut self) -> Result<(), Failure> {
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        within::<D::Connection, _>(patience, connection.ping()).await?;
        connection.verify()
    }

    /// Stores a message, and removes it again.
    async fn probe(&mut self) -> Result<(), Failure> {
        let message = Envelope {
            from: "".into(),
            fp: "".into(),
            bridge: false,
            body: PROBE.into(),
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        };
        let message = NewMessage {
            receiver: "",
            message: &message,
            expires_at: None,
        };
        let now = self.time().stored_at;
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        connection.verify()?;
        within::<D::Connection, _>(patience, async {
            connection.begin().await?;
            let stored = connection.append(&[message], now).await?;
            let positions: Vec<_> = stored.into_iter().map(|position| position.0).collect();
            connection.delete(&positions).await?;
            connection.commit().await
        })
        .await?;
        connection.verify()
    }

    /// Lets the time go on by which messages get old.
    async fn keep_time(&mut self, now: Instant) {
        let wall = self.clock.unix_millis();
        if let Some(age) = &mut self.chores.age {
            age.look(now, wall);
            return;
        }
        let patience = self.database.patience();
        let Some(max_age) = self.max_age() else {
            return;
        };
        // While there is no connection, nothing is removed either.
        if let Ok(connection) = self.database.get().await
            && let Ok(known) = within::<D::Connection, _>(patience, connection.known_time()).await
        {
            self.chores.age = Some(AgeClock::new(known, max_age, now, wall));
        }
    }

    /// Removes messages that are too old, and those that are of no use any more.
    async fn expire(&mut self, now: Instant) {
        self.chores.expire_at = now + EXPIRE_EVERY;
        match self.remove_expired().await {
            Ok(removed) => {
                if removed >= u64::from(EXPIRE_AT_ONCE) {
                    // There may be more; others have their turn between.
                    self.chores.expire_at = now;
                }
                count(&self.state.expired, removed);
                self.publish();
                self.report.expired(removed);
            }
            Err(failure) => self.recover(&failure).await,
        }
    }

    async fn remove_expired(&mut self) -> Result<u64, Failure> {
        let before = self.chores.age.is_some().then(|| self.not_before());
        let now = self.clock.now();
        // The wall clock alone counts: whoever says how long a message is of use means that.
        let unix_millis = self.clock.unix_millis();
        let Self {
            database,
            quota,
            events,
            ..
        } = self;
        let patience = database.patience();
        let connection = database.get().await?;
        let of_events = events.as_ref();
        let (removed, recording) = within::<D::Connection, _>(patience, async {
            connection.begin().await?;
            let mut removed = connection
                .delete_expired(unix_millis, EXPIRE_AT_ONCE)
                .await?;
            if let Some(before) = before {
                removed.extend(connection.delete_old(before, EXPIRE_AT_ONCE).await?);
            }
            let expired = expired(of_events, &removed, unix_millis);
            let mut recording = None;
            if let Some(events) = of_events.filter(|_| !expired.is_empty()) {
                let written = events.write(connection, Vec::new(), expired, now, unix_millis);
                recording = Some(written.await?);
            }
            connection.commit().await?;
            Ok((removed, recording))
        })
        .await?;
        if let (Some(events), Some(recording)) = (events, recording) {
            events.committed(recording, now, unix_millis);
        }
        for removed in &removed {
            quota.give_back(removed);
        }
        self.state.tell_lost(&removed);
        Ok(removed.len() as u64)
    }
}
