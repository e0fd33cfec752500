//! What became of messages that earlier runs left.

use std::collections::HashSet;

use mobileim_client::{Event, SendError};

use crate::text::{excerpt, visible};

/// Tells messages of this run from those of earlier ones.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    /// Fingerprints of this run's messages.
    own: HashSet<String>,
    /// How many there are; known once a login was accepted.
    count: usize,
    delivered: usize,
    lost: usize,
}

impl Earlier {
    /// This one is of this run.
    pub(crate) fn add_own(&mut self, fp: &str) {
        self.own.insert(fp.to_owned());
    }

    /// So many are of earlier runs. Gives the line that this is worth.
    pub(crate) fn set_count(&mut self, count: usize) -> Option<String> {
        self.count += count;
        self.summary()
    }

    /// Gives the line that this event is worth, if any.
    pub(crate) fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Delivered { fp } if !self.own.remove(fp) => {
                self.delivered += 1;
                self.summary()
            }
            Event::Lost { message, reason } => {
                let fp = message.fp.as_deref().unwrap_or_default();
                if self.own.remove(fp) {
                    return None;
                }
                self.lost += 1;
                let to = visible(message.to.as_deref().unwrap_or_default(), " ");
                let text = excerpt(message.content.as_deref().unwrap_or_default());
                let why = SendError::Lost(*reason);
                Some(format!("of an earlier run, to {to}: {text} ({why})"))
            }
            _ => None,
        }
    }

    /// How many are neither delivered nor lost.
    pub(crate) fn left(&self) -> usize {
        self.count.saturating_sub(self.delivered + self.lost)
    }

    /// Once, when the last one is settled.
    fn summary(&self) -> Option<String> {
        (self.count > 0 && self.left() == 0 && self.delivered > 0)
            .then(|| format!("delivered {} of earlier runs", messages(self.delivered)))
    }
}

/// So many messages, in words.
pub(crate) fn messages(count: usize) -> String {
    match count {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

#[cfg(test)]
mod tests {
    use mobileim_client::{LostReason, Message, MessageType};

    use super::*;

    fn delivered(fp: &str) -> Event {
        Event::Delivered { fp: fp.to_owned() }
    }

    fn lost(fp: &str) -> Event {
        Event::Lost {
            message: Message::new(MessageType::CommonData, "alice", "bob")
                .with_content("a\nb")
                .with_qos(fp.to_owned()),
            reason: LostReason::Refused(7),
        }
    }

    #[test]
    fn it_is_told_once_when_the_last_one_is_delivered() {
        let mut earlier = Earlier::default();
        earlier.add_own("own");
        assert_eq!(earlier.set_count(2), None);
        assert_eq!(earlier.line(&delivered("1")), None);
        assert_eq!(earlier.left(), 1);
        let line = "delivered 2 messages of earlier runs".to_owned();
        assert_eq!(earlier.line(&delivered("2")), Some(line));
        assert_eq!(earlier.line(&delivered("own")), None);
    }

    #[test]
    fn it_is_told_when_the_login_is_noticed_after_all_are_delivered() {
        let mut earlier = Earlier::default();
        assert_eq!(earlier.line(&delivered("1")), None);
        let line = "delivered 1 message of earlier runs".to_owned();
        assert_eq!(earlier.set_count(1), Some(line));
    }

    #[test]
    fn a_lost_one_is_named_and_does_not_count_as_delivered() {
        let mut earlier = Earlier::default();
        earlier.add_own("own");
        earlier.set_count(1);
        let line = "of an earlier run, to bob: a b (given up: the server refused it (7))";
        assert_eq!(earlier.line(&lost("1")).as_deref(), Some(line));
        assert_eq!(earlier.left(), 0);
        assert_eq!(earlier.line(&lost("own")), None);
    }
}
