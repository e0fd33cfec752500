//! The command line and the environment.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::setting::{Choice, Given, Kind, Setting};
use super::settings::{SETTINGS, Settings};

const ABOUT: &str = "An instant-messaging server that speaks the MobileIMSDK v6 protocol over WebSocket, TCP and UDP";

const MORE: &str = "When every listener is bound, one line on standard output says where: \
                    \"ready tcp=127.0.0.1:8901 udp=…\". Logs go to standard error.";

impl Settings {
    /// Reads the settings from a command line, which begins with the program's name, and from the environment.
    ///
    /// A request for the help or the version is an error too; [`clap::Error::exit`] shows them all.
    pub fn from_args<T>(args: impl IntoIterator<Item = T>) -> Result<Self, clap::Error>
    where
        T: Into<OsString> + Clone,
    {
        let matches = command().try_get_matches_from(args)?;
        let given = |key| {
            let setting = SETTINGS.iter().find(|setting| setting.key == key)?;
            given(&matches, setting)
        };
        Self::read(given).map_err(|invalid| {
            let text = format!("{invalid}\n\nFor more information, try '--help'.\n");
            clap::Error::raw(ErrorKind::ValueValidation, text)
        })
    }
}

fn given(matches: &ArgMatches, setting: &Setting) -> Option<Given> {
    let place = match matches.value_source(setting.key)? {
        ValueSource::CommandLine => setting.to_string(),
        ValueSource::EnvVariable => setting.variable.to_owned(),
        _ => return None,
    };
    let texts: Vec<&str> = matches
        .get_many::<String>(setting.key)?
        .map(String::as_str)
        .collect();
    Some(Given {
        text: texts.join(","),
        place,
    })
}

fn command() -> Command {
    Command::new("mobileim-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(format!("{ABOUT}.\n\n{MORE}"))
        .max_term_width(100)
        .args(SETTINGS.iter().map(argument))
}

fn argument(setting: &'static Setting) -> Arg {
    let argument = Arg::new(setting.key)
        .long(setting.flag)
        .env(setting.variable)
        .hide_env_values(setting.secret)
        .value_parser(parser(setting.kind))
        .action(match setting.kind {
            Kind::Switch => ArgAction::SetTrue,
            Kind::List => ArgAction::Append,
            Kind::One | Kind::Choice(_) => ArgAction::Set,
        });
    let argument = match setting.otherwise {
        Some(words) => argument.help(format!("{} [default: {words}]", setting.help)),
        None => argument.help(setting.help),
    };
    let Some(value) = setting.value else {
        return argument;
    };
    let argument = argument.value_name(value);
    match setting.default {
        Some(default) => argument.default_value(default),
        None => argument,
    }
}

/// Texts are only told apart here; [`Settings::read`] reads all, with errors that name the place they come from.
fn parser(kind: Kind) -> ValueParser {
    match kind {
        Kind::Switch | Kind::One | Kind::List => value_parser!(String),
        Kind::Choice(choices) => {
            let value = |choice: &Choice| PossibleValue::new(choice.name).help(choice.help);
            PossibleValuesParser::new(choices.iter().map(value)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use mobileim_protocol::{SenseMode, Transport};

    use super::super::values::StoreKind;
    use super::*;

    fn read(args: &[&str]) -> Result<Settings, clap::Error> {
        Settings::from_args(["mobileim-server"].iter().chain(args))
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn flags_set_settings() {
        let args = ["--dev", "--tcp", "[::1]:1", "--store", "none"];
        let settings = read(&args).unwrap();
        assert!(settings.dev.0);
        assert_eq!(settings.tcp.to_string(), "[::1]:1");
        assert_eq!(settings.store_kind(), StoreKind::None);
    }

    #[test]
    fn a_list_may_be_one_flag_or_several() {
        for args in [
            &["--sense", "10s,udp=30s"][..],
            &["--sense", "10s", "--sense", "udp=30s"],
        ] {
            let modes: Vec<_> = read(args).unwrap().sense.iter().collect();
            let expected = [
                (Transport::Tcp, SenseMode::Mode10s),
                (Transport::WebSocket, SenseMode::Mode10s),
                (Transport::Udp, SenseMode::Mode30s),
            ];
            assert_eq!(modes, expected);
        }
    }

    #[test]
    fn a_bad_value_is_told_with_its_flag() {
        let error = read(&["--udp", "here"]).unwrap_err().to_string();
        assert!(
            error.starts_with("error: invalid value 'here' for '--udp <ADDR>': expected an IP"),
            "{error}"
        );
    }

    #[test]
    fn the_help_tells_all_that_is_declared() {
        let help = command().render_long_help().to_string();
        for setting in SETTINGS {
            let known = setting.default.filter(|_| setting.value.is_some());
            let default = known
                .or(setting.otherwise)
                .map(|text| format!("[default: {text}]"));
            for part in [
                setting.to_string(),
                setting.help.to_owned(),
                setting.variable.to_owned(),
            ]
            .into_iter()
            .chain(default)
            {
                assert!(help.contains(&part), "{part} is not in\n{help}");
            }
        }
    }
}
