//! The address of a database, with a password that must not be told.

use sqlx::postgres::PgConnectOptions;

use crate::database::error::Failure;

/// The parameters that a URL may end with. An unknown one would be logged, with its value.
const PARAMETERS: [&str; 16] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Reads a URL. No error repeats any part of it, for that part may be of the password.
pub(super) fn parse(url: &str) -> Result<PgConnectOptions, Failure> {
    let rest = ["postgres://", "postgresql://"]
        .into_iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .ok_or_else(|| {
            Failure::BadAddress(
                "the database URL must look like postgres://user:password@host:5432/database"
                    .to_owned(),
            )
        })?;
    let reserved = ['/', '?', '#'];
    if rest
        .rsplit_once('@')
        .is_some_and(|(login, _)| login.contains(reserved) || login.contains('@'))
        || rest.contains('#')
    {
        return Err(Failure::BadAddress("in the user and password of the database URL, the characters / ? # @ and % must be written \
             as %2F %3F %23 %40 and %25".to_owned()));
    }
    let parameters = rest
        .split_once('?')
        .map_or("", |(_, parameters)| parameters);
    let is_known = |parameter: &str| {
        let key = parameter.split('=').next().unwrap_or(parameter);
        PARAMETERS.contains(&key) || key.starts_with("options[") && key.ends_with(']')
    };
    if !parameters.is_empty() && !parameters.split('&').all(is_known) {
        return Err(Failure::BadAddress(format!(
            "the database URL has an unknown parameter after the question mark; known are {}",
            PARAMETERS.join(", ")
        )));
    }
    url.parse().map_err(|_: sqlx::Error| {
        Failure::BadAddress("the database URL is not valid: check its port, its parameters, and what is written with %".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_as_whom() {
        let options =
            parse("postgresql://im:p%40ss%2F@db.example:6543/chat?sslmode=require").unwrap();
        assert_eq!(options.get_host(), "db.example");
        assert_eq!(options.get_port(), 6543);
        assert_eq!(options.get_username(), "im");
        assert_eq!(options.get_database(), Some("chat"));
    }

    #[test]
    fn no_error_repeats_a_part_of_the_url() {
        for url in [
            "mysql://im:secret@db/chat",
            "postgres://im:12/secret@db/chat",
            "postgres://im:12#secret@db/chat",
            "postgres://im:12?secret@db/chat",
            "postgres://im:x@secret@db/chat",
            "postgres://im:x@db:secret/chat",
            "postgres://im:x@db/chat?pasword=secret",
            "postgres://im:x@db/chat?port=secret",
            "postgres://im:x@db/chat?sslmode=secret",
            "postgres://im:x@db/chat#secret",
            "postgres://im:secret",
            "secret",
        ] {
            let error = parse(url).map(|_| ()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
