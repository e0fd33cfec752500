//! The types of events.

use std::fmt;
use std::str::FromStr;

/// Declares them: each with its name and meaning.
macro_rules! kinds {
    ($($kind:ident = $name:literal, $meaning:literal;)+) => {
        /// What an event says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventType { $(#[doc = $meaning] $kind,)+ }

        impl EventType {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$kind),+];

            /// Its name, as back ends read it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    Online = "online", "A session began.";
    Offline = "offline", "A session ended.";
    Kicked = "kicked", "A session was ended so that its client stays away.";
    LoginRefused = "login-refused", "A login was refused.";
    Delivered = "delivered", "The receiver has acknowledged a message that was not stored.";
    Stored = "stored", "A message is stored, as its receiver is offline or silent.";
    Fetched = "fetched", "The receiver has acknowledged a message that was stored.";
    Refused = "refused", "A message is neither delivered nor stored.";
    Expired = "expired", "A stored message was removed unread, as it had waited as long as it may.";
    Logged = "logged", "A message stands in the log of its conversation.";
    Message = "message", "The server has accepted a message that was sent to it.";
}

impl EventType {
    /// Its index in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The types that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTypes(u16);

/// What stands for all types.
const ALL: &str = "all";

impl EventTypes {
    /// Returns whether this type is recorded.
    pub(crate) const fn has(self, kind: EventType) -> bool {
        self.0 & (1 << kind.index()) != 0
    }

    fn iter(self) -> impl Iterator<Item = EventType> {
        EventType::ALL
            .into_iter()
            .filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<EventType> for EventTypes {
    fn from_iter<I: IntoIterator<Item = EventType>>(kinds: I) -> Self {
        Self(
            kinds
                .into_iter()
                .fold(0, |set, kind| set | 1 << kind.index()),
        )
    }
}

impl FromStr for EventTypes {
    type Err = String;

    /// Reads names that commas separate, or `all`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == ALL {
            return Ok(EventType::ALL.into_iter().collect());
        }
        let named = |name: &str| {
            let mut kinds = EventType::ALL.into_iter();
            kinds
                .find(|kind| kind.name() == name.trim())
                .ok_or_else(|| {
                    let names = EventType::ALL.map(EventType::name).join(", ");
                    format!("there is no type '{}': expected types of events, of {names}; or \"{ALL}\" alone", name.trim())
                })
        };
        text.split(',').map(named).collect()
    }
}

impl fmt::Display for EventTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(EventType::name).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_by_name_and_all_at_once() {
        let some: EventTypes = "offline, stored".parse().unwrap();
        assert_eq!(some.to_string(), "offline,stored");
        assert!(some.has(EventType::Stored) && !some.has(EventType::Online));
        let all: EventTypes = "all".parse().unwrap();
        assert!(EventType::ALL.into_iter().all(|kind| all.has(kind)));
    }

    #[test]
    fn what_there_is_is_told() {
        for (text, wrong) in [
            ("", ""),
            ("Online", "Online"),
            ("all,online", "all"),
            ("online,oflin", "oflin"),
            ("online,,offline", ""),
        ] {
            let error = text.parse::<EventTypes>().unwrap_err();
            let told = format!("there is no type '{wrong}': expected types of events, of online");
            assert!(error.starts_with(&told), "{text}: {error}");
            assert!(error.contains("login-refused"), "{text}: {error}");
        }
    }
}
