//! Switches.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Kind, Value};

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch(pub bool);

impl Value for Switch {
    const KIND: Kind = Kind::Switch;
}

impl FromStr for Switch {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "true" | "on" | "1" => Ok(Self(true)),
            "false" | "off" | "0" => Ok(Self(false)),
            _ => Err("expected \"on\" or \"off\""),
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_on_or_off_in_any_of_the_usual_words() {
        for (on, off) in [("true", "false"), ("on", "off"), ("1", "0")] {
            assert_eq!(on.parse(), Ok(Switch(true)));
            assert_eq!(off.parse(), Ok(Switch(false)));
        }
        assert_eq!("".parse::<Switch>(), Err("expected \"on\" or \"off\""));
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for switch in [Switch(true), Switch(false)] {
            assert_eq!(switch.to_string().parse(), Ok(switch));
        }
    }
}
