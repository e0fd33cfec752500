//! What must be true of a server and its clients, whatever happens to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use std::ops::AddAssign;
use std::sync::Arc;

use mobileim_hub::is_group_id;
use mobileim_protocol::client::LinkId;
use mobileim_protocol::mailbox::Envelope;
use mobileim_protocol::{Instant, SERVER};

use super::disk::Disk;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

/// What was sent, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Model {
    sent: HashMap<String, Sent>,
    /// Of each sending device and receiver: how many messages were sent.
    last_sent: BTreeMap<(usize, String), u64>,
    /// Of each sending device and receiver: the last message that was shown, on each device that is to be shown all.
    last_shown: BTreeMap<(usize, String, usize), u64>,
    /// Whether something has a time to live, or was taken away.
    has_limits: bool,
    pub(super) counts: Counts,
}

/// How much happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that were sent.
    pub sent: u64,
    /// Of them, those whose sender was acknowledged.
    pub acknowledged: u64,
    /// Of them, those that a receiver's application got.
    pub shown: u64,
    /// Messages that a client gave up, and said so.
    pub lost: u64,
    /// Messages that nobody got in their time to live.
    pub expired: u64,
    /// Messages that nobody had got when they were taken away.
    pub purged: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.shown += other.shown;
        self.lost += other.lost;
        self.expired += other.expired;
        self.purged += other.purged;
    }
}

#[derive(Debug)]
struct Sent {
    device: usize,
    from: String,
    to: String,
    number: u64,
    acknowledged: bool,
    /// It was given up, refused, taken away or waits for another device. It may yet arrive, and then has no place in the order.
    lost: bool,
    /// It is longer than some transports take, and waits for a device that takes it.
    is_long: bool,
    /// When it is of no use any more, by the server's clock.
    expires_at: Option<Instant>,
    /// When the server has given it up, as it had waited for too long.
    given_up_at: Option<Instant>,
    purged: Purged,
    /// Where it was sent, if it has a time to live.
    sessions: BTreeSet<Session>,
    shown: BTreeSet<usize>,
    /// Where users have several devices: those that are to be shown it, and their mailboxes.
    readers: BTreeMap<usize, String>,
    /// The log that it is to stand in.
    log: Option<Arc<str>>,
    /// Those of them that have it, or will, as was said.
    owed: BTreeMap<usize, String>,
}

/// Whether a message was taken away while it waited.
#[derive(Debug, PartialEq, Eq)]
enum Purged {
    No,
    /// It may yet arrive: it was being stored, or its sender repeats it.
    Perhaps,
    /// Nobody repeats it.
    Surely,
}

impl Sent {
    /// Whether it need not be delivered any more, though it was acknowledged.
    fn may_be_missing(&self, now: Instant) -> bool {
        self.purged != Purged::No || self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A device and its link, which keeps its name if its address changes.
pub(super) type Session = (usize, LinkId);

/// The application on the server, as a sender.
pub(super) const APPLICATION: usize = usize::MAX;

impl Model {
    pub(super) fn send(
        &mut self,
        device: usize,
        from: &str,
        to: &str,
        fp: &str,
        is_long: bool,
        readers: BTreeMap<usize, String>,
    ) {
        let number = self.last_sent.entry((device, to.to_owned())).or_default();
        *number += 1;
        let sent = Sent {
            device,
            from: from.to_owned(),
            to: to.to_owned(),
            number: *number,
            acknowledged: false,
            lost: is_long,
            is_long,
            expires_at: None,
            given_up_at: None,
            purged: Purged::No,
            sessions: BTreeSet::new(),
            shown: BTreeSet::new(),
            readers,
            log: None,
            owed: BTreeMap::new(),
        };
        self.counts.sent += 1;
        self.sent.insert(fp.to_owned(), sent);
    }

    /// A message is for the log of a conversation.
    pub(super) fn log(&mut self, fp: &str, log: Arc<str>) {
        self.sent.get_mut(fp).expect("it was just sent").log = Some(log);
    }

    /// A message has a time to live.
    pub(super) fn give_time(&mut self, fp: &str, until: Instant) {
        let sent = self.sent.get_mut(fp).expect("it was just sent");
        sent.expires_at = Some(until);
        self.has_limits = true;
    }

    /// Whether it matters when messages are sent to their receivers.
    pub(super) fn has_limits(&self) -> bool {
        self.has_limits
    }

    /// The server sends a message to its receiver; it was last told before that it is `told` o'clock.
    pub(super) fn deliver(
        &mut self,
        session: Session,
        fp: &str,
        told: Instant,
    ) -> Result<(), Violation> {
        let Some(sent) = self.sent.get_mut(fp) else {
            return Ok(());
        };
        if sent.purged == Purged::Surely {
            return violation(fp, sent, "was taken away, and is sent");
        }
        let Some(at) = sent.expires_at else {
            return Ok(());
        };
        let is_new = sent.sessions.insert(session);
        if is_new && at <= told {
            return violation(fp, sent, "is sent after its time to live");
        }
        Ok(())
    }

    /// The server has given a message up.
    pub(super) fn expire(&mut self, fp: &str, now: Instant) -> Result<(), Violation> {
        let Some(sent) = self.sent.get_mut(fp) else {
            return Ok(());
        };
        sent.given_up_at = Some(now);
        // On its way to a session it may yet arrive, behind others.
        sent.lost = true;
        if sent.expires_at.is_none_or(|at| at > now) {
            return violation(fp, sent, "was given up before its time to live was over");
        }
        self.counts.expired += u64::from(sent.shown.is_empty());
        Ok(())
    }

    /// A message was taken away from the store.
    pub(super) fn purge(&mut self, fp: &str) {
        if let Some(sent) = self.sent.get_mut(fp) {
            sent.purged = if sent.acknowledged && sent.device == APPLICATION {
                Purged::Surely
            } else {
                Purged::Perhaps
            };
            sent.lost = true;
            self.has_limits = true;
            self.counts.purged += u64::from(sent.shown.is_empty());
        }
    }

    /// The server tells a sender that its message is delivered or safe.
    pub(super) fn acknowledge(
        &mut self,
        fp: &str,
        now: Instant,
        disk: &Disk,
    ) -> Result<(), Violation> {
        let Some(sent) = self.sent.get_mut(fp).filter(|sent| sent.to != SERVER) else {
            return Ok(());
        };
        if !sent.acknowledged {
            sent.acknowledged = true;
            sent.owed = sent.readers.clone();
            self.counts.acknowledged += 1;
        }
        let sent = &self.sent[fp];
        for (device, mailbox) in &sent.owed {
            check_owed(fp, sent, *device, mailbox, disk)?;
        }
        if sent.given_up_at.is_some() && sent.shown.is_empty() {
            return violation(fp, sent, "was acknowledged after it was given up");
        }
        if let Some(log) = &sent.log
            && !disk.logs().has(log, &sent.from, fp)
        {
            return violation(fp, sent, "was acknowledged, and is not in the log");
        }
        if sent.readers.is_empty()
            && sent.log.is_none()
            && sent.shown.is_empty()
            && !sent.may_be_missing(now)
            && !disk.has_missed(&sent.to)
            && disk.copies(&sent.to, &sent.from, fp) == 0
        {
            return violation(
                fp,
                sent,
                "was acknowledged, and is neither delivered nor durable",
            );
        }
        Ok(())
    }

    /// The application on the server is told that one of a receiver's devices has its message, or will.
    pub(super) fn acknowledge_in(
        &mut self,
        fp: &str,
        mailbox: &str,
        now: Instant,
        disk: &Disk,
    ) -> Result<(), Violation> {
        let Some(sent) = self
            .sent
            .get_mut(fp)
            .filter(|sent| !sent.readers.is_empty())
        else {
            return self.acknowledge(fp, now, disk);
        };
        if !sent.acknowledged {
            sent.acknowledged = true;
            self.counts.acknowledged += 1;
        }
        let mut readers = sent.readers.iter();
        let Some((device, _)) = readers.find(|(_, reader)| **reader == *mailbox) else {
            return Ok(());
        };
        let device = *device;
        sent.owed.insert(device, mailbox.to_owned());
        check_owed(fp, sent, device, mailbox, disk)
    }

    /// A device's application got a message.
    pub(super) fn show(
        &mut self,
        device: usize,
        fp: &str,
        has_several: bool,
        disk: &Disk,
    ) -> Result<(), Violation> {
        let Some(sent) = self.sent.get_mut(fp) else {
            return Err(Violation(format!(
                "device {device} got {fp}, which nobody sent"
            )));
        };
        let first = sent.shown.is_empty();
        if !sent.shown.insert(device) {
            return violation(fp, sent, &format!("was shown twice on device {device}"));
        }
        let sent = &self.sent[fp];
        self.counts.shown += u64::from(first);
        if sent.lost {
            return Ok(());
        }
        let has_order = |mailbox: &String| !disk.missed.contains(mailbox);
        if has_several && !sent.readers.get(&device).is_some_and(has_order) {
            // It was under way when this device came for the first time, or came back after it had missed some.
            return Ok(());
        }
        if !first && !has_several {
            // Another device has it; if its acknowledgement was lost, this one may get it after later ones.
            return Ok(());
        }
        let reader = if has_several { device } else { 0 };
        let receiver = (sent.device, sent.to.clone(), reader);
        let last = self.last_shown.entry(receiver).or_default();
        if sent.number <= *last {
            let what = format!("was shown on device {device} after message {last}");
            return violation(fp, sent, &what);
        }
        *last = sent.number;
        Ok(())
    }

    /// A copy of a message was deleted.
    pub(super) fn delete(
        &self,
        user: &str,
        message: &Envelope,
        now: Instant,
        disk: &Disk,
    ) -> Result<(), Violation> {
        let Envelope { from, fp, .. } = message;
        match self.sent.get(&**fp) {
            Some(sent) if sent.log.is_some() || !sent.readers.is_empty() => {
                let mut owed = sent.owed.iter();
                match owed.find(|(_, mailbox)| **mailbox == *user) {
                    Some((device, mailbox)) => check_owed(fp, sent, *device, mailbox, disk),
                    None => Ok(()),
                }
            }
            Some(sent)
                if sent.acknowledged
                    && sent.shown.is_empty()
                    && !sent.may_be_missing(now)
                    && disk.copies(user, from, fp) == 0 =>
            {
                violation(
                    fp,
                    sent,
                    "was acknowledged, and deleted before it was delivered",
                )
            }
            _ => Ok(()),
        }
    }

    /// A client has given a message up, and said so.
    pub(super) fn lose(&mut self, fp: &str) {
        if let Some(sent) = self.sent.get_mut(fp) {
            sent.lost = true;
            self.counts.lost += 1;
        }
    }

    /// The server has refused a message; its sender may never hear of it.
    pub(super) fn refuse(&mut self, fp: &str) {
        if let Some(sent) = self.sent.get_mut(fp) {
            sent.lost = true;
        }
    }

    /// A user is no member of a group any more, by what is durable of its log: of what the user may not read there nothing comes.
    pub(super) fn leave(
        &mut self,
        group: &str,
        devices: &BTreeSet<usize>,
        is_readable: impl Fn(&str) -> bool,
    ) {
        let sent = self.sent.iter_mut();
        for (fp, sent) in sent.filter(|(_, sent)| sent.to == group) {
            if !is_readable(fp) {
                sent.readers.retain(|device, _| !devices.contains(device));
                sent.owed.retain(|device, _| !devices.contains(device));
            }
        }
    }

    /// The server was killed. Nobody repeats what its application sent: what was not acknowledged is given up.
    pub(super) fn end_server(&mut self) {
        for sent in self.sent.values_mut() {
            sent.lost |= sent.device == APPLICATION && !sent.acknowledged;
        }
    }

    /// Everything that was acknowledged has been delivered.
    pub(super) fn check_delivered(
        &self,
        now: Instant,
        takes_everything: impl Fn(&str) -> bool,
        disk: &Disk,
    ) -> Result<(), Violation> {
        let mut acknowledged: Vec<_> = self
            .sent
            .iter()
            .filter(|(_, sent)| sent.acknowledged)
            .collect();
        acknowledged.sort_unstable_by_key(|(_, sent)| (sent.device, &sent.to, sent.number));
        for (fp, sent) in acknowledged {
            for (device, mailbox) in &sent.owed {
                if !sent.shown.contains(device) && !disk.missed.contains(mailbox) {
                    let what = format!("was acknowledged, and never shown on device {device}");
                    return violation(fp, sent, &what);
                }
            }
        }
        let missing = self
            .sent
            .iter()
            .filter(|(_, sent)| sent.acknowledged && sent.owed.is_empty() && sent.shown.is_empty())
            // Of a group it may be that only its sender is in it.
            .filter(|(_, sent)| !is_group_id(&sent.to))
            .filter(|(_, sent)| !sent.may_be_missing(now))
            .filter(|(_, sent)| !sent.is_long || takes_everything(&sent.to))
            .min_by_key(|(_, sent)| (sent.device, &sent.to, sent.number));
        match missing {
            Some((fp, sent)) => violation(fp, sent, "was acknowledged, and never delivered"),
            None => Ok(()),
        }
    }
}

/// A device has a message of which somebody was told that it has, or it is durable for it.
fn check_owed(
    fp: &str,
    sent: &Sent,
    device: usize,
    mailbox: &str,
    disk: &Disk,
) -> Result<(), Violation> {
    if sent.shown.contains(&device)
        || disk.missed.contains(mailbox)
        || disk.copies(mailbox, &sent.from, fp) > 0
    {
        return Ok(());
    }
    let what = format!("was acknowledged, and device {device} neither has it nor is it durable");
    violation(fp, sent, &what)
}

fn violation<T>(fp: &str, sent: &Sent, what: &str) -> Result<T, Violation> {
    let Sent {
        device,
        from,
        to,
        number,
        ..
    } = sent;
    let device = match *device {
        APPLICATION => "the application".to_owned(),
        device => format!("device {device}"),
    };
    Err(Violation(format!(
        "message {number} of {device} ({from}) to {to}, {fp}, {what}"
    )))
}
