//! How many of something there may be.

use std::num::NonZeroU16;
use std::str::FromStr;

use super::super::setting::Value;

/// A number of which there is one at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub NonZeroU16);

impl Value for Count {}

impl FromStr for Count {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text
            .parse()
            .map_err(|_| "expected a number from 1 to 65535")?;
        Ok(Self(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_at_least() {
        assert_eq!("64".parse::<Count>().unwrap().0.get(), 64);
        for wrong in ["0", "-1", "65536", "unlimited", ""] {
            assert!(wrong.parse::<Count>().is_err(), "{wrong}");
        }
    }
}
