//! Times.

use std::str::FromStr;
use std::time::Duration;

use super::super::setting::Value;

/// The longest: what is meant to be longer is a mistake.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A time, such as `10s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Duration);

impl Value for Time {}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_duration(text)
            .ok()
            .filter(|time| *time <= LONGEST)
            .map(Self)
            .ok_or_else(|| "expected a duration such as 500ms or 10s, a day at most".to_owned())
    }
}

/// How long something is valid: a minute at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(pub Duration);

impl Value for Lifetime {}

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RANGE: std::ops::RangeInclusive<u64> = 60..=366 * 24 * 60 * 60;
        let time = humantime::parse_duration(text).ok();
        let time = time.filter(|time| RANGE.contains(&time.as_secs()));
        time.map(Self)
            .ok_or("expected a duration such as 12h or 7d, from a minute to a year")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_an_end() {
        let read = |text: &str| text.parse().map(|Time(time)| time.as_millis());
        assert_eq!(read("10s"), Ok(10_000));
        assert_eq!(read("1m 500ms"), Ok(60_500));
        assert_eq!(read("0s"), Ok(0));
        for wrong in ["10", "", "-1s", "2days", "soon"] {
            assert!(
                read(wrong).unwrap_err().starts_with("expected a duration"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_lifetime_is_neither_nothing_nor_for_ever() {
        let days = |days: u64| Lifetime(Duration::from_secs(days * 24 * 60 * 60));
        assert_eq!("7d".parse(), Ok(days(7)));
        assert_eq!("7days".parse(), Ok(days(7)));
        for wrong in ["0s", "59s", "2years", "unlimited", "7"] {
            assert!(wrong.parse::<Lifetime>().is_err(), "{wrong}");
        }
    }
}
