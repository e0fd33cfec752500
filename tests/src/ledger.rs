//! What was sent, what was acknowledged and what was shown, and whether that is what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Keeps account of conversations. The messages of each, from one sender to one receiver, are numbered from 0.
#[derive(Debug, Default)]
pub struct Ledger {
    conversations: Mutex<BTreeMap<(String, String), Conversation>>,
    troubles: Mutex<Vec<String>>,
    totals: watch::Sender<Totals>,
}

#[derive(Debug, Default)]
struct Conversation {
    sent: u32,
    acknowledged: BTreeSet<u32>,
    shown: BTreeSet<u32>,
    twice: usize,
    out_of_order: usize,
}

/// How many messages there were so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Given to the sender's client.
    pub sent: usize,
    /// Acknowledged to the sender.
    pub acknowledged: usize,
    /// Shown to the receiver, repeated ones not counted.
    pub shown: usize,
    /// Links that a client lost.
    pub links_lost: usize,
}

/// What became of the promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How much there was.
    pub totals: Totals,
    /// Acknowledged, and never shown.
    pub lost: usize,
    /// Neither acknowledged nor shown.
    pub undelivered: usize,
    /// Shown again.
    pub twice: usize,
    /// Shown after one that was sent later.
    pub out_of_order: usize,
    /// What else should not have happened, in words.
    pub troubles: Vec<String>,
}

impl Ledger {
    /// A message is about to be sent; gives its number.
    pub fn send(&self, from: &str, to: &str) -> u32 {
        let number = self.edit(from, to, |conversation| {
            conversation.sent += 1;
            conversation.sent - 1
        });
        self.totals.send_modify(|totals| totals.sent += 1);
        number
    }

    /// A message was acknowledged to its sender.
    pub fn acknowledge(&self, from: &str, to: &str, number: u32) {
        if self.edit(from, to, |it| it.acknowledged.insert(number)) {
            self.totals.send_modify(|totals| totals.acknowledged += 1);
        } else {
            self.trouble(format!("{from} to {to}: {number} is acknowledged twice"));
        }
    }

    /// A message was shown to its receiver.
    pub fn show(&self, from: &str, to: &str, number: u32) {
        let is_new = self.edit(from, to, |conversation| {
            let later = conversation.shown.last().is_some_and(|last| *last > number);
            let is_new = conversation.shown.insert(number);
            conversation.twice += usize::from(!is_new);
            conversation.out_of_order += usize::from(is_new && later);
            is_new
        });
        if is_new {
            self.totals.send_modify(|totals| totals.shown += 1);
        }
    }

    /// A client lost its link, as it may.
    pub fn lose_link(&self) {
        self.totals.send_modify(|totals| totals.links_lost += 1);
    }

    /// Something happened that should not.
    pub fn trouble(&self, what: String) {
        eprintln!("trouble: {what}");
        lock(&self.troubles).push(what);
    }

    /// How much there was so far.
    pub fn totals(&self) -> Totals {
        *self.totals.borrow()
    }

    /// Waits until there was enough.
    pub async fn until(&self, enough: impl Fn(&Totals) -> bool) -> Totals {
        let mut totals = self.totals.subscribe();
        *totals
            .wait_for(|totals| enough(totals))
            .await
            .expect("the ledger holds the sender")
    }

    /// How many messages were sent in each conversation, from whom to whom.
    pub fn sent(&self) -> BTreeMap<(String, String), usize> {
        let conversations = lock(&self.conversations);
        let sent = conversations.iter();
        sent.map(|(names, conversation)| (names.clone(), conversation.sent as usize))
            .collect()
    }

    /// What became of the promises so far.
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict {
            totals: self.totals(),
            lost: 0,
            undelivered: 0,
            twice: 0,
            out_of_order: 0,
            troubles: lock(&self.troubles).clone(),
        };
        for conversation in lock(&self.conversations).values() {
            let Conversation {
                sent,
                acknowledged,
                shown,
                ..
            } = conversation;
            verdict.lost += acknowledged.difference(shown).count();
            verdict.undelivered += (0..*sent)
                .filter(|number| !acknowledged.contains(number) && !shown.contains(number))
                .count();
            verdict.twice += conversation.twice;
            verdict.out_of_order += conversation.out_of_order;
        }
        verdict
    }

    /// The conversations that something is missing from, for people.
    pub fn gaps(&self) -> String {
        let conversations = lock(&self.conversations);
        let mut gaps = String::new();
        for ((from, to), conversation) in conversations.iter() {
            let missing: Vec<_> = (0..conversation.sent)
                .filter(|number| !conversation.shown.contains(number))
                .map(|number| (number, conversation.acknowledged.contains(&number)))
                .collect();
            if let (Some(first), Some(last)) = (missing.first(), missing.last()) {
                let (missing, sent) = (missing.len(), conversation.sent);
                writeln!(
                    gaps,
                    "{from} to {to}: {missing} of {sent} not shown, from {first:?} to {last:?} (number, acknowledged)"
                )
                .expect("writing to a string does not fail");
            }
        }
        gaps
    }

    fn edit<T>(&self, from: &str, to: &str, change: impl FnOnce(&mut Conversation) -> T) -> T {
        let mut conversations = lock(&self.conversations);
        let key = (from.to_owned(), to.to_owned());
        change(conversations.entry(key).or_default())
    }
}

impl Verdict {
    /// Whether everything that was sent was acknowledged and shown, once and in order.
    pub fn is_kept(&self) -> bool {
        let Totals {
            sent,
            acknowledged,
            shown,
            ..
        } = self.totals;
        (sent, sent) == (acknowledged, shown)
            && (self.lost, self.undelivered) == (0, 0)
            && (self.twice, self.out_of_order) == (0, 0)
            && self.troubles.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals {
            sent,
            acknowledged,
            shown,
            links_lost,
        } = self.totals;
        write!(
            f,
            "{sent} sent, {acknowledged} acknowledged, {shown} shown; {} lost, {} undelivered, {} shown twice, \
             {} out of order; {links_lost} links lost",
            self.lost, self.undelivered, self.twice, self.out_of_order,
        )?;
        for trouble in &self.troubles {
            write!(f, "\n{trouble}")?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(sent: usize, acknowledged: &[u32], shown: &[u32]) -> Verdict {
        let ledger = Ledger::default();
        for _ in 0..sent {
            ledger.send("alice", "bob");
        }
        for number in acknowledged {
            ledger.acknowledge("alice", "bob", *number);
        }
        for number in shown {
            ledger.show("alice", "bob", *number);
        }
        ledger.verdict()
    }

    #[test]
    fn each_broken_promise_is_told_from_the_others() {
        let of = |verdict: Verdict| {
            let Verdict {
                lost,
                undelivered,
                twice,
                out_of_order,
                ..
            } = verdict;
            (lost, undelivered, twice, out_of_order)
        };
        assert!(ledger(3, &[0, 2, 1], &[0, 1, 2]).is_kept());
        for (verdict, broken) in [
            (ledger(3, &[0, 1, 2], &[0, 2]), (1, 0, 0, 0)),
            (ledger(3, &[0, 1], &[0, 1]), (0, 1, 0, 0)),
            (ledger(3, &[0, 1, 2], &[0, 1, 2, 1]), (0, 0, 1, 0)),
            (ledger(3, &[0, 1, 2], &[1, 2, 0]), (0, 0, 0, 1)),
            // Shown and not acknowledged: not yet kept, but not broken.
            (ledger(1, &[], &[0]), (0, 0, 0, 0)),
        ] {
            assert!(!verdict.is_kept(), "{verdict}");
            assert_eq!(of(verdict), broken);
        }
        let verdict = ledger(1, &[0, 0], &[0]);
        assert_eq!(verdict.troubles.len(), 1);
        assert!(!verdict.is_kept());
    }
}
