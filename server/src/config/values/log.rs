//! What is logged.

use std::fmt;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

use super::super::setting::Value;

/// The level of the log, and levels of parts of it, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Returns the filter for the log.
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .parse_lossy(&self.0)
    }
}

impl Value for LogFilter {}

impl FromStr for LogFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        for directive in text.split(',').filter(|directive| !directive.is_empty()) {
            directive
                .parse::<Directive>()
                .map_err(|_| "expected a level such as debug, or as in \"info,sqlx=debug\"")?;
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_level_or_levels_of_parts() {
        for text in ["debug", "warn,sqlx=info", "off"] {
            let filter: LogFilter = text.parse().unwrap();
            assert_eq!(filter.to_string(), text);
            let directives = filter.filter().to_string();
            assert!(text.split(',').all(|part| directives.contains(part)));
        }
        assert_eq!(
            "sqlx=loud".parse::<LogFilter>(),
            Err("expected a level such as debug, or as in \"info,sqlx=debug\"")
        );
    }

    #[test]
    fn nothing_is_the_level_info() {
        let filter: LogFilter = "".parse().unwrap();
        assert_eq!(filter.filter().to_string(), "info");
    }
}
