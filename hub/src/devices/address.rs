//! What the mailbox of a device is called.

use std::sync::Arc;

use mobileim_protocol::NO_ID_HAS;

/// The mailbox of a user's device: the user's id for number 0, which is all there is where users have one session.
pub(crate) fn mailbox_of(user: &Arc<str>, number: u16) -> Arc<str> {
    if number == 0 {
        return Arc::clone(user);
    }
    Arc::from(format!("{user}{NO_ID_HAS}{number}"))
}

/// Whose mailbox it is.
pub fn user_of(mailbox: &str) -> &str {
    split(mailbox).0
}

/// Whose mailbox it is, and of which of the user's devices.
pub(crate) fn split(mailbox: &str) -> (&str, u16) {
    if mailbox.starts_with(NO_ID_HAS) {
        // It keeps the log of a conversation.
        return (mailbox, 0);
    }
    mailbox
        .rsplit_once(NO_ID_HAS)
        .and_then(|(user, number)| Some((user, number.parse().ok()?)))
        .unwrap_or((mailbox, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_tells_whose_it_is() {
        let bob = Arc::<str>::from("bob");
        for number in [0, 1, 65535] {
            let mailbox = mailbox_of(&bob, number);
            assert_eq!(split(&mailbox), ("bob", number));
            assert_eq!(user_of(&mailbox), "bob");
        }
        assert!(Arc::ptr_eq(&mailbox_of(&bob, 0), &bob));
        let log = format!("{NO_ID_HAS}bob{NO_ID_HAS}1");
        assert_eq!(split(&log), (&*log, 0));
    }
}
