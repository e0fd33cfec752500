//! The command line and the environment, and the file that they name.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::environment;
use super::file::File;
use super::mistake::{Mistake, Place};
use super::setting::{Choice, Given, Kind, Setting};
use super::settings::{SETTINGS, Settings};
use super::shown::shown;
use super::subcommands::{self, API_KEY, FP, FROM, NAME, SCOPES, URL, USER, VALID_FOR};
use crate::effective::EffectiveSetting;

const ABOUT: &str = "An instant-messaging server that speaks the MobileIMSDK v6 protocol over WebSocket, TCP and UDP";

const MORE: &str = "When every listener is bound, one line on standard output says where: \
                    \"ready tcp=127.0.0.1:8901 udp=…\". Logs go to standard error.";

/// The name of a configuration file in the current directory that is read without being told to.
const FILE: &str = "mobileim.toml";

/// The name of the flag for another file.
const CONFIG: &str = "config";

/// What the program is to do.
#[derive(Debug)]
pub enum Invocation {
    /// To serve.
    Serve(Configuration),
    /// To say whether it could serve.
    Check(Configuration),
    /// To print an example of a configuration file.
    Example,
    /// To print a token for a user.
    Token {
        /// With whose key.
        configuration: Configuration,
        /// For whom.
        user: String,
        /// For how long.
        valid_for: Duration,
    },
    /// To make a key for the API.
    ApiKey {
        /// Its name.
        name: String,
        /// What its holder may do, separated by commas.
        scopes: String,
    },
    /// To print what became of a message, as a server that runs says.
    Explain {
        /// Its sender.
        from: String,
        /// Its fingerprint.
        fp: String,
        /// Where the API is.
        url: String,
        /// A key for it.
        key: Option<String>,
    },
    /// To print a line for the file of users, for a password that is read.
    Password {
        /// For whom.
        user: String,
    },
}

/// The settings, and where they come from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Configuration {
    /// The values.
    pub settings: Settings,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// All settings, as people may see them.
    pub shown: Vec<EffectiveSetting>,
    /// What may not be as it was meant.
    pub warnings: Vec<String>,
}

impl Invocation {
    /// Reads a command line, which begins with the program's name, the environment and the configuration file.
    ///
    /// A request for the help or the version is an error too; [`clap::Error::exit`] shows them all.
    pub fn from_args<T>(args: impl IntoIterator<Item = T>) -> Result<Self, clap::Error>
    where
        T: Into<OsString> + Clone,
    {
        let matches = command().try_get_matches_from(args)?;
        match matches.subcommand() {
            Some(("config", _)) => Ok(Self::Example),
            Some(("token", matches)) => Ok(Self::Token {
                configuration: Configuration::read(matches)?,
                user: matches.get_one::<String>(USER).cloned().unwrap_or_default(),
                valid_for: matches.get_one(VALID_FOR).copied().unwrap_or_default(),
            }),
            Some(("api-key", matches)) => Ok(Self::ApiKey {
                name: matches.get_one::<String>(NAME).cloned().unwrap_or_default(),
                scopes: matches
                    .get_one::<String>(SCOPES)
                    .cloned()
                    .unwrap_or_default(),
            }),
            Some(("explain", matches)) => {
                let text = |name| matches.get_one::<String>(name).cloned();
                Ok(Self::Explain {
                    from: text(FROM).unwrap_or_default(),
                    fp: text(FP).unwrap_or_default(),
                    url: text(URL).unwrap_or_default(),
                    key: text(API_KEY),
                })
            }
            Some(("password", matches)) => Ok(Self::Password {
                user: matches.get_one::<String>(USER).cloned().unwrap_or_default(),
            }),
            Some((_, matches)) => Configuration::read(matches).map(Self::Check),
            None => Configuration::read(&matches).map(Self::Serve),
        }
    }
}

impl Configuration {
    fn read(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::try_read(matches).map_err(|mistakes| {
            let all: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            let text = format!(
                "{}\n\nFor more information, try '--help'.\n",
                all.join("\nerror: ")
            );
            clap::Error::raw(ErrorKind::ValueValidation, text)
        })
    }

    fn try_read(matches: &ArgMatches) -> Result<Self, Vec<Mistake>> {
        let path = match matches.get_one::<PathBuf>(CONFIG) {
            Some(path) => Some(path.clone()),
            None => Some(PathBuf::from(FILE)).filter(|path| path.exists()),
        };
        let file = match &path {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        let given = |key| {
            let setting = SETTINGS.iter().find(|setting| setting.key == key)?;
            given(matches, &file, setting)
        };
        let settings = Settings::read(given)?;
        settings.check(|key| match given(key) {
            Some(Ok(given)) => given.place,
            _ => Place::named(key),
        })?;
        let variables = std::env::vars_os();
        let variables = variables.filter_map(|(name, value)| {
            Some((
                name.into_string().ok()?,
                value.to_string_lossy().into_owned(),
            ))
        });
        let shown = shown(|setting| given(setting.key));
        Ok(Self {
            settings,
            shown,
            file: path,
            warnings: environment::warnings(variables).collect(),
        })
    }
}

/// Returns what a setting was given: by a flag, else by a variable, else by the file.
fn given(matches: &ArgMatches, file: &File, setting: &Setting) -> Option<Result<Given, Mistake>> {
    [ValueSource::CommandLine, ValueSource::EnvVariable]
        .into_iter()
        .find_map(|source| {
            let name = match source {
                ValueSource::CommandLine => setting.to_string(),
                _ => setting.variable.to_owned(),
            };
            let whole = argument_of(matches, setting.key, source, name);
            let in_file = setting.file.and_then(|file| {
                let name = match source {
                    ValueSource::CommandLine => format!("--{}", file.flag),
                    _ => file.variable.to_owned(),
                };
                argument_of(matches, file.key, source, name)
            });
            either(whole, in_file)
        })
        .or_else(|| {
            let in_file = setting
                .file
                .and_then(|names| file.given(names.key).cloned());
            either(file.given(setting.key).cloned(), in_file)
        })
}

fn argument_of(matches: &ArgMatches, id: &str, source: ValueSource, name: String) -> Option<Given> {
    if matches.value_source(id)? != source {
        return None;
    }
    let texts: Vec<&str> = matches
        .get_many::<String>(id)?
        .map(String::as_str)
        .collect();
    Some(Given {
        text: texts.join(","),
        place: Place::named(name),
    })
}

/// Returns a value that was given as it is or by the path of a file, not by both.
fn either(whole: Option<Given>, in_file: Option<Given>) -> Option<Result<Given, Mistake>> {
    match (whole, in_file) {
        (None, None) => None,
        (Some(given), None) => Some(Ok(given)),
        (None, Some(given)) => Some(secret(given)),
        (Some(given), Some(other)) => {
            let text = format!(
                "'{}' and '{}' exclude each other",
                given.place.name, other.place.name
            );
            Some(Err(other.place.mistake(text)))
        }
    }
}

/// Returns the secret in a file, without the end of its line.
fn secret(path: Given) -> Result<Given, Mistake> {
    let Given { text: path, place } = path;
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Given {
            text: text.trim_end_matches(['\r', '\n']).to_owned(),
            place,
        }),
        Err(error) => {
            let text = format!(
                "cannot read '{path}', the file of '{}': {error}",
                place.name
            );
            Err(place.mistake(text))
        }
    }
}

fn command() -> Command {
    let with_settings = |command: Command| {
        command
            .arg(config_argument())
            .args(SETTINGS.iter().flat_map(arguments))
    };
    with_settings(Command::new("mobileim-server"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(format!("{ABOUT}.\n\n{MORE}"))
        .max_term_width(100)
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand(with_settings(subcommands::check()))
        .subcommand(with_settings(subcommands::token()))
        .subcommand(subcommands::explain())
        .subcommand(subcommands::password())
        .subcommand(subcommands::api_key())
        .subcommand(subcommands::example())
}

fn config_argument() -> Arg {
    Arg::new(CONFIG)
        .long(CONFIG)
        .env(environment::CONFIG)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(format!(
            "The configuration file; a variable wins over what is set there, a flag over both [default: {FILE}, if there is one]"
        ))
}

/// The flags of a setting: a secret one may be in a file.
fn arguments(setting: &'static Setting) -> impl Iterator<Item = Arg> {
    let file = setting.file.map(|file| {
        Arg::new(file.key)
            .long(file.flag)
            .env(file.variable)
            .value_name("FILE")
            .value_parser(value_parser!(String))
            .help(format!(
                "A file that has the value of --{} in it",
                setting.flag
            ))
    });
    std::iter::once(argument(setting)).chain(file)
}

fn argument(setting: &'static Setting) -> Arg {
    let argument = Arg::new(setting.key)
        .long(setting.flag)
        .env(setting.variable)
        .hide_env_values(setting.is_secret())
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
    use std::io::Write;

    use mobileim_protocol::{SenseMode, Transport};
    use tempfile::NamedTempFile;

    use super::super::store_place::StorePlace;
    use super::*;

    fn read(args: &[&str]) -> Result<Settings, clap::Error> {
        match Invocation::from_args(["mobileim-server"].iter().chain(args).chain(&["--dev"]))? {
            Invocation::Serve(configuration) | Invocation::Check(configuration) => {
                Ok(configuration.settings)
            }
            other => panic!("{other:?}"),
        }
    }

    fn file(text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn path(file: &NamedTempFile) -> &str {
        file.path().to_str().unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn flags_set_settings() {
        let args = ["--tcp", "[::1]:1", "--store", "none"];
        let settings = read(&args).unwrap();
        assert!(settings.general.dev.0);
        assert_eq!(settings.listen.tcp.to_string(), "[::1]:1");
        assert_eq!(settings.store_place(), Ok(StorePlace::Nowhere));
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let file = file("[listen]\ntcp = '127.0.0.1:1'\nudp = '127.0.0.1:2'\n");
        let settings = read(&["--config", path(&file), "--tcp", "127.0.0.1:3"]).unwrap();
        assert_eq!(settings.listen.tcp.to_string(), "127.0.0.1:3");
        assert_eq!(settings.listen.udp.to_string(), "127.0.0.1:2");
        assert_eq!(settings.listen.ws.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn all_that_is_wrong_in_a_file_is_told_at_once() {
        let file = file("[listen]\ntcp = 'here'\n[limits]\nmax-stored = 'many'\n");
        let path = path(&file);
        let error = read(&["check", "--config", path]).unwrap_err().to_string();
        for expected in [
            format!("error: {path}:2: invalid value 'here' for 'listen.tcp': expected an"),
            format!(
                "error: {path}:4: invalid value 'many' for 'limits.max-stored': expected a number"
            ),
        ] {
            assert!(error.contains(&expected), "{error}");
        }
    }

    #[test]
    fn a_secret_may_be_in_a_file_of_its_own() {
        let secret = file("postgres://im:secret@db/im\n");
        let settings = read(&["--database-url-file", path(&secret)]).unwrap();
        let expected = StorePlace::Postgres("postgres://im:secret@db/im".to_owned());
        assert_eq!(settings.store_place(), Ok(expected));
        let toml = file(&format!("database-url-file = '{}'", path(&secret)));
        let settings = read(&["--config", path(&toml)]).unwrap();
        assert!(settings.general.database_url.is_some());
        let both = ["--database-url-file", path(&secret), "--database-url", "x"];
        let error = read(&both).unwrap_err().to_string();
        assert!(error.contains("exclude each other"), "{error}");
        let error = read(&["--database-url-file", "/nonexistent"]).unwrap_err();
        assert!(
            error.to_string().contains("cannot read '/nonexistent'"),
            "{error}"
        );
    }

    #[test]
    fn a_list_may_be_one_flag_or_several() {
        for args in [
            &["--sense", "10s,udp=30s"][..],
            &["--sense", "10s", "--sense", "udp=30s"],
        ] {
            let modes: Vec<_> = read(args).unwrap().general.sense.iter().collect();
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
            error
                .starts_with("error: invalid value 'here' for '--udp <ADDR>': expected an address"),
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
