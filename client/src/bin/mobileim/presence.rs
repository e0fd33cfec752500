//! `/who USER`, and what is told of users whom it watches.

use std::time::{SystemTime, UNIX_EPOCH};

use mobileim_client::{Client, Event, Signal, payload};

/// Says whether a user is online; from now on each change is told.
pub(crate) async fn who(client: Client, user: String) -> String {
    match client.watch_presence(&[&user]).await {
        Ok(users) => match users.first() {
            Some(one) => in_words(&user, one.online, one.last_seen),
            None => format!("you may not see whether {user} is online"),
        },
        Err(error) => format!("no answer: {error}"),
    }
}

/// What an event says of somebody who came or went.
pub(crate) fn line(event: &Event) -> Option<String> {
    let Event::Signalled { signal } = event else {
        return None;
    };
    match payload::decode(Some(signal)) {
        Ok(Signal::Presence {
            with,
            online,
            last_seen,
        }) => Some(in_words(&with, online, last_seen)),
        _ => None,
    }
}

fn in_words(user: &str, online: bool, last_seen: Option<i64>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    match last_seen {
        _ if online => format!("{user} is online"),
        None => format!("{user} is away"),
        Some(at) => format!("{user} is away, seen {}", ago(now.saturating_sub(at))),
    }
}

/// How long ago, for people. Clocks may differ.
fn ago(millis: i64) -> String {
    match millis / 60_000 {
        ..1 => "just now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes @ 60..2880 => format!("{} h ago", minutes / 60),
        minutes => format!("{} days ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_people_do() {
        let minutes = |minutes: i64| ago(minutes * 60_000 + 1);
        for (minutes, told) in [
            (minutes(-5), "just now"),
            (minutes(0), "just now"),
            (minutes(1), "1 min ago"),
            (minutes(59), "59 min ago"),
            (minutes(60), "1 h ago"),
            (minutes(2879), "47 h ago"),
            (minutes(2880), "2 days ago"),
        ] {
            assert_eq!(minutes, told);
        }
        assert_eq!(in_words("bob", true, Some(0)), "bob is online");
        assert_eq!(in_words("bob", false, None), "bob is away");
    }
}
