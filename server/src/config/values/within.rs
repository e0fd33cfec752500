//! Numbers, sizes and times between two bounds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::setting::Value;
use super::{Quantity as _, Size};

/// 1,024 bytes.
pub(crate) const KIB: usize = 1024;

/// A number, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberWithin<const LEAST: usize, const MOST: usize>(pub usize);

impl<const LEAST: usize, const MOST: usize> Value for NumberWithin<LEAST, MOST> {}

impl<const LEAST: usize, const MOST: usize> FromStr for NumberWithin<LEAST, MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().ok();
        number
            .filter(|number| (LEAST..=MOST).contains(number))
            .map(Self)
            .ok_or_else(|| format!("expected a number from {LEAST} to {MOST}"))
    }
}

/// A number of bytes, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeWithin<const LEAST: usize, const MOST: usize>(pub usize);

impl<const LEAST: usize, const MOST: usize> Value for SizeWithin<LEAST, MOST> {}

impl<const LEAST: usize, const MOST: usize> FromStr for SizeWithin<LEAST, MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Size::read(text)
            .filter(|size| (LEAST..=MOST).contains(&size.0))
            .map(|size| Self(size.0))
            .ok_or_else(|| format!("expected a size from {} to {}", Self(LEAST), Self(MOST)))
    }
}

impl<const LEAST: usize, const MOST: usize> fmt::Display for SizeWithin<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Size(self.0).write(f)
    }
}

/// A time, from the least to the most number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeWithin<const LEAST: u64, const MOST: u64>(pub Duration);

impl<const LEAST: u64, const MOST: u64> Value for TimeWithin<LEAST, MOST> {}

impl<const LEAST: u64, const MOST: u64> FromStr for TimeWithin<LEAST, MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [least, most] = [LEAST, MOST].map(Duration::from_secs);
        humantime::parse_duration(text)
            .ok()
            .filter(|time| (least..=most).contains(time))
            .map(Self)
            .ok_or_else(|| {
                let [least, most] = [least, most].map(humantime::format_duration);
                format!("expected a duration from {least} to {most}")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_between_its_bounds() {
        type Members = NumberWithin<1, 500>;
        for (text, number) in [("1", 1), ("500", 500)] {
            assert_eq!(text.parse(), Ok(NumberWithin(number)) as Result<Members, _>);
        }
        for wrong in ["0", "501", "-1", "unlimited", ""] {
            let error = wrong.parse::<Members>().unwrap_err();
            assert_eq!(error, "expected a number from 1 to 500", "{wrong}");
        }
    }

    #[test]
    fn a_size_is_between_its_bounds() {
        type Body = SizeWithin<{ 6 * KIB }, { 64 * KIB }>;
        for (text, bytes) in [("6KiB", 6144), ("10000", 10_000), ("64KiB", 65_536)] {
            assert_eq!(text.parse(), Ok(SizeWithin(bytes)) as Result<Body, _>);
        }
        for wrong in ["6143", "65537B", "1GiB", "0", "unlimited", "-1", ""] {
            let error = wrong.parse::<Body>().unwrap_err();
            assert_eq!(error, "expected a size from 6KiB to 64KiB", "{wrong}");
        }
    }

    #[test]
    fn a_time_is_between_its_bounds() {
        type Patience = TimeWithin<1, 300>;
        for (text, millis) in [("1s", 1000), ("1m 500ms", 60_500), ("5m", 300_000)] {
            let time = Duration::from_millis(millis);
            assert_eq!(text.parse(), Ok(TimeWithin(time)) as Result<Patience, _>);
        }
        for wrong in ["0s", "999ms", "301s", "5", "unlimited", ""] {
            let error = wrong.parse::<Patience>().unwrap_err();
            assert_eq!(error, "expected a duration from 1s to 5m", "{wrong}");
        }
    }
}
