//! Limits of quantities.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::setting::Value;

const UNLIMITED: &str = "unlimited";

/// A bound; none for no limit, which is written `unlimited` or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit<T>(pub Option<T>);

/// Something that can be limited.
pub trait Quantity: Copy + PartialEq {
    /// Its description in errors, with an example.
    const EXPECTED: &str;

    /// Reads a text, such as `30d`.
    fn read(text: &str) -> Option<Self>;

    /// Whether it is nothing, which stands for no limit.
    fn is_zero(self) -> bool;

    /// Writes what [`Quantity::read`] reads.
    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Quantity for u64 {
    const EXPECTED: &str = "a number";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn is_zero(self) -> bool {
        self == 0
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self, f)
    }
}

impl Quantity for Duration {
    const EXPECTED: &str = "a duration such as 12h or 90d,";

    fn read(text: &str) -> Option<Self> {
        humantime::parse_duration(text).ok()
    }

    fn is_zero(self) -> bool {
        Self::is_zero(&self)
    }

    fn write(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&humantime::format_duration(self), f)
    }
}

impl<T: Quantity> Value for Limit<T> {}

impl<T: Quantity> FromStr for Limit<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if matches!(text, UNLIMITED | "0") {
            return Ok(Self(None));
        }
        let quantity =
            T::read(text).ok_or_else(|| format!("expected {} or \"{UNLIMITED}\"", T::EXPECTED))?;
        Ok(Self(Some(quantity).filter(|quantity| !quantity.is_zero())))
    }
}

impl<T: Quantity> fmt::Display for Limit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(quantity) => quantity.write(f),
            None => f.write_str(UNLIMITED),
        }
    }
}

#[cfg(test)]
mod tests {
    use mobileim_hub::Rate;

    use super::super::Size;
    use super::*;

    #[test]
    fn it_can_be_given_and_switched_off() {
        assert_eq!("500".parse(), Ok(Limit(Some(500))));
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!("7d".parse(), Ok(Limit(Some(week))));
        for off in ["unlimited", "0"] {
            assert_eq!(off.parse(), Ok(Limit::<u64>(None)));
            assert_eq!(off.parse(), Ok(Limit::<Duration>(None)));
        }
        assert_eq!("0s".parse(), Ok(Limit::<Duration>(None)));
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for text in ["500", "unlimited"] {
            assert_eq!(text.parse::<Limit<u64>>().unwrap().to_string(), text);
        }
        for text in ["1day 12h", "unlimited"] {
            assert_eq!(text.parse::<Limit<Duration>>().unwrap().to_string(), text);
        }
        for text in ["64KiB", "3GiB", "1500B", "unlimited"] {
            assert_eq!(text.parse::<Limit<Size>>().unwrap().to_string(), text);
        }
        for text in ["200/s,burst=2000", "unlimited"] {
            assert_eq!(text.parse::<Limit<Rate>>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn sizes_and_rates_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("64KiB", 65_536),
            ("64 KiB", 65_536),
            ("64k", 64_000),
            ("1.5MiB", 1_572_864),
            ("1000", 1000),
        ] {
            assert_eq!(text.parse(), Ok(Limit(Some(Size(bytes)))), "{text}");
        }
        assert_eq!("5/s".parse(), Ok(Limit(Some(Rate::new(5, 50)))));
        for text in ["5", "5/m", "5/s,9", "5/s,burst=0", "0/s", "5/s,burst=2,3"] {
            let error = text.parse::<Limit<Rate>>().unwrap_err();
            assert!(
                error.starts_with("expected a rate such as"),
                "{text}: {error}"
            );
        }
        assert!("64 tons".parse::<Limit<Size>>().is_err());
    }

    #[test]
    fn what_is_expected_is_told() {
        let error = "-1".parse::<Limit<u64>>().unwrap_err();
        assert_eq!(error, "expected a number or \"unlimited\"");
        let error = "7".parse::<Limit<Duration>>().unwrap_err();
        assert_eq!(
            error,
            "expected a duration such as 12h or 90d, or \"unlimited\""
        );
    }
}
