//! How long conversations are kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::setting::Value;

const FOREVER: &str = "forever";
const OFF: &str = "off";

/// The longest time, 100 years: what is meant to be longer is for ever.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);
const SHORTEST: Duration = Duration::from_secs(60);

/// How long something is kept: a minute at least, or, with none, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptFor(pub Option<Duration>);

impl Value for KeptFor {}

impl KeptFor {
    fn read(text: &str) -> Option<Self> {
        if text == FOREVER {
            return Some(Self(None));
        }
        let time = humantime::parse_duration(text).ok();
        let time = time.filter(|time| (SHORTEST..=LONGEST).contains(time));
        time.map(|time| Self(Some(time)))
    }
}

impl FromStr for KeptFor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or(
            "expected a duration such as 12h or 90d, from a minute to 100 years, or \"forever\"",
        )
    }
}

impl fmt::Display for KeptFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => humantime::format_duration(time).fmt(f),
            None => f.write_str(FOREVER),
        }
    }
}

/// How long what two users write to each other is kept, if it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectHistory(pub Option<KeptFor>);

impl Value for DirectHistory {}

impl FromStr for DirectHistory {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == OFF {
            return Ok(Self(None));
        }
        let kept = KeptFor::read(text).ok_or(
            "expected \"off\", a duration such as 12h or 90d, from a minute to 100 years, or \"forever\"",
        )?;
        Ok(Self(Some(kept)))
    }
}

impl fmt::Display for DirectHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(kept) => kept.fmt(f),
            None => f.write_str(OFF),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_kept_is_so_for_a_time_or_for_ever() {
        assert_eq!("30days".parse(), Ok(KeptFor(Some(30 * DAY))));
        assert!("5years".parse::<KeptFor>().unwrap().0.is_some());
        assert_eq!("forever".parse(), Ok(KeptFor(None)));
        for wrong in ["0", "59s", "off", "unlimited", "101years", "30", ""] {
            let error = wrong.parse::<KeptFor>().unwrap_err();
            assert!(error.starts_with("expected a duration such"), "{wrong}");
        }
    }

    #[test]
    fn what_two_users_write_may_not_be_kept() {
        let kept = |time| DirectHistory(Some(KeptFor(time)));
        assert_eq!("off".parse(), Ok(DirectHistory(None)));
        assert_eq!("90d".parse(), Ok(kept(Some(90 * DAY))));
        assert_eq!("forever".parse(), Ok(kept(None)));
        for wrong in ["on", "0", "30s", "never", ""] {
            let error = wrong.parse::<DirectHistory>().unwrap_err();
            assert!(error.starts_with("expected \"off\", a duration"), "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for text in ["off", "forever", "1day 12h"] {
            assert_eq!(text.parse::<DirectHistory>().unwrap().to_string(), text);
        }
    }
}
