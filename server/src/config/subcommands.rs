//! What the program does beside serving.

use clap::{Arg, Command};

pub(super) const API_KEY: &str = "api-key";
pub(super) const FP: &str = "fp";
pub(super) const FROM: &str = "from";
pub(super) const NAME: &str = "name";
pub(super) const SCOPES: &str = "scopes";
pub(super) const URL: &str = "url";
pub(super) const USER: &str = "user";
pub(super) const VALID_FOR: &str = "valid-for";

pub(super) fn check() -> Command {
    Command::new("check")
        .about("Says what is wrong with the configuration, in which line of which file, and does not start")
}

pub(super) fn example() -> Command {
    Command::new("config")
        .about("Prints an example of a configuration file, with all that can be set")
}

pub(super) fn token() -> Command {
    Command::new("token")
        .about(
            "Makes a token for a user, to try the server with: signed with the configured secret",
        )
        .arg(required(USER, "USER", "Whose token it is"))
        .arg(
            Arg::new(VALID_FOR)
                .long(VALID_FOR)
                .value_name("DURATION")
                .default_value("1h")
                .value_parser(humantime::parse_duration)
                .help("How long it is valid"),
        )
}

pub(super) fn password() -> Command {
    Command::new("password")
        .about(
            "Reads a password, and prints the line for that user in the file of users (users-file)",
        )
        .arg(required(USER, "USER", "Whose password it is"))
}

pub(super) fn api_key() -> Command {
    Command::new("api-key")
        .about(
            "Makes a key for the API: prints its line for the file of keys (keys-file), and on standard error the key itself",
        )
        .arg(required(NAME, "NAME", "What it is called in the log"))
        .arg(required(
            SCOPES,
            "SCOPES",
            "What its holder may do, separated by commas: send, send:as-user, send:broadcast, messages:read, users:read, users:write, server:read, events:read, groups:read, groups:write, history:read",
        ))
}

pub(super) fn explain() -> Command {
    Command::new("explain")
        .about("Says what became of a message: asks a server that runs, by its API")
        .arg(
            Arg::new(FROM)
                .value_name("FROM")
                .required(true)
                .help("Its sender: a user's id, or 0 for the server"),
        )
        .arg(
            Arg::new(FP)
                .value_name("FP")
                .required(true)
                .help("Its fingerprint"),
        )
        .arg(
            Arg::new(URL)
                .long(URL)
                .value_name("URL")
                .default_value("http://127.0.0.1:8080")
                .help("Where the API is, without its path"),
        )
        .arg(
            Arg::new(API_KEY)
                .long(API_KEY)
                .env("MOBILEIM_API_KEY")
                .hide_env_values(true)
                .value_name("KEY")
                .help("A key for the API with the scope messages:read"),
        )
}

fn required(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    let argument = Arg::new(name).long(name).value_name(value);
    argument.required(true).help(help)
}
