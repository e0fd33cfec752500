//! Events as they are told.

use std::fmt::Write as _;
use std::sync::Arc;

/// An event, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) position: i64,
    /// In ms since 1970.
    pub(crate) at: i64,
    /// A JSON object, without the position.
    pub(crate) body: Arc<str>,
}

impl Recorded {
    /// With its position.
    pub(crate) fn to_json(&self) -> String {
        let members = self.body.strip_prefix('{').unwrap_or_default();
        format!("{{\"position\":{},{members}", self.position)
    }
}

/// Events that follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) events: Vec<Recorded>,
    /// If events are missing before these, since they are not kept any more: the last such position.
    pub(crate) missing_through: Option<i64>,
}

impl Page {
    /// The position of its last event, if there is one.
    pub(crate) fn last(&self) -> Option<i64> {
        let last = self.events.last().map(|event| event.position);
        last.or(self.missing_through)
    }

    /// What says before the first event that others are missing.
    fn gap(&self) -> Option<Recorded> {
        let position = self.missing_through?;
        Some(Recorded {
            position,
            at: 0,
            body: format!("{{\"id\":\"gap-{position}\",\"type\":\"gap\"}}").into(),
        })
    }

    /// All of it, with what says that events are missing.
    pub(crate) fn told(&self) -> impl Iterator<Item = Recorded> {
        self.gap().into_iter().chain(self.events.iter().cloned())
    }

    /// A JSON object with the events, in an array.
    pub(crate) fn to_json(&self) -> String {
        let mut text = "{\"events\":[".to_owned();
        for (index, event) in self.told().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            // A string takes all.
            let _ = write!(text, "{separator}{}", event.to_json());
        }
        text.push_str("]}");
        text
    }

    /// The same for the same events.
    pub(crate) fn id(&self) -> String {
        let mut told = self.told().map(|event| event.position);
        let first = told.next().unwrap_or(0);
        let last = self.last().unwrap_or(first);
        format!("events_{first}_{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_with_their_positions_and_what_is_missing_before_them() {
        let event = |position| Recorded {
            position,
            at: 1,
            body: r#"{"id":"a","type":"online"}"#.into(),
        };
        let page = Page {
            events: vec![event(7), event(8)],
            missing_through: None,
        };
        assert_eq!(
            page.to_json(),
            r#"{"events":[{"position":7,"id":"a","type":"online"},{"position":8,"id":"a","type":"online"}]}"#
        );
        assert_eq!(page.id(), "events_7_8");
        let gap = Page {
            events: Vec::new(),
            missing_through: Some(6),
        };
        assert_eq!(
            gap.to_json(),
            r#"{"events":[{"position":6,"id":"gap-6","type":"gap"}]}"#
        );
        assert_eq!((gap.last(), Page::default().last()), (Some(6), None));
        assert_eq!(Page::default().to_json(), r#"{"events":[]}"#);
    }
}
