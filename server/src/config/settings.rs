//! The settings.

use std::time::Duration;

use mobileim_hub::Timings;

use super::mistake::{Mistake, Place};
use super::setting::{Given, SecretFile, Setting, Value, settings};
use super::values::{
    AllowedOrigins, CertificateFile, DataDir, DatabaseUrl, JwtSecret, KeyFile, Limit, Listen,
    LogFilter, Name, ProxiedListeners, PublicKeys, SenseModes, StoreKind, Switch, UdpTokens,
};
use crate::gateway::{Limits, Origins, TrustedProxies};
use crate::store::StoreLimits;

settings! {
    /// For development: accepts any token, listens on this machine only, serves the chat page; keeps messages
    /// in memory, unless told otherwise
    dev: Switch {
        key: "dev",
        flag: "dev",
        variable: "MOBILEIM_DEV",
        default: "off",
    }

    /// Where to listen for TCP clients; "off" to switch it off, port 0 for any free port
    tcp: Listen {
        key: "listen.tcp",
        flag: "tcp",
        value: "ADDR",
        variable: "MOBILEIM_TCP",
        default: "127.0.0.1:8901",
    }

    /// Where to listen for UDP clients
    udp: Listen {
        key: "listen.udp",
        flag: "udp",
        value: "ADDR",
        variable: "MOBILEIM_UDP",
        default: "127.0.0.1:7901",
    }

    /// Where to listen for WebSocket clients (path /websocket)
    ws: Listen {
        key: "listen.ws",
        flag: "ws",
        value: "ADDR",
        variable: "MOBILEIM_WS",
        default: "127.0.0.1:3000",
    }

    /// Where to listen for HTTP requests: /healthz, /readyz and the chat page
    http: Listen {
        key: "listen.http",
        flag: "http",
        value: "ADDR",
        variable: "MOBILEIM_HTTP",
        default: "127.0.0.1:8080",
    }

    /// Where to listen for TCP clients that use TLS
    tcp_tls: Listen {
        key: "listen.tcp-tls",
        flag: "tcp-tls",
        value: "ADDR",
        variable: "MOBILEIM_TCP_TLS",
        default: "off",
    }

    /// Where to listen for WebSocket clients that use TLS (path /websocket)
    wss: Listen {
        key: "listen.wss",
        flag: "wss",
        value: "ADDR",
        variable: "MOBILEIM_WSS",
        default: "off",
    }

    /// Where to listen for HTTP requests that use TLS
    https: Listen {
        key: "listen.https",
        flag: "https",
        value: "ADDR",
        variable: "MOBILEIM_HTTPS",
        default: "off",
    }

    /// The PEM file with the certificate for TLS, followed by those that vouch for it. It is read again when it changes
    tls_cert: CertificateFile {
        key: "listen.tls-cert",
        flag: "tls-cert",
        value: "FILE",
        variable: "MOBILEIM_TLS_CERT",
        otherwise: "none",
    }

    /// The PEM file with the certificate's private key, which is not encrypted. It is read again when it changes
    tls_key: KeyFile {
        key: "listen.tls-key",
        flag: "tls-key",
        value: "FILE",
        variable: "MOBILEIM_TLS_KEY",
        otherwise: "none",
    }

    /// Proxies in front of the server, by address or network: of a WebSocket or HTTP request that comes from one of them,
    /// the client's address is what X-Forwarded-For says. From others it means nothing
    trusted_proxies: TrustedProxies {
        key: "listen.trusted-proxies",
        flag: "trusted-proxies",
        value: "NETWORK",
        variable: "MOBILEIM_TRUSTED_PROXIES",
        otherwise: "none",
    }

    /// Listeners to which trusted proxies alone may connect, and each connection begins with a PROXY header, version 1 or 2,
    /// which says the client's address: tcp, tcp-tls, ws, wss, http, https
    proxy_protocol: ProxiedListeners {
        key: "listen.proxy-protocol",
        flag: "proxy-protocol",
        value: "LISTENER",
        variable: "MOBILEIM_PROXY_PROTOCOL",
        otherwise: "none",
    }

    /// Pages that may open a WebSocket, by the origin that browsers send: scheme, host and port, where *. before the
    /// host stands for all names below it; "*" for any page. Clients that are no browsers have no origin
    allowed_origins: AllowedOrigins {
        key: "listen.allowed-origins",
        flag: "allowed-origins",
        value: "ORIGIN",
        variable: "MOBILEIM_ALLOWED_ORIGINS",
        otherwise: "the same host on any port; with --dev, any",
    }

    /// How quickly dead connections are noticed: 3s, 5s, 10s, 15s, 30s, 60s or 120s for TCP and WebSocket;
    /// "udp=10s" for UDP, which has no 5s and 15s; "tcp=…" and "ws=…" for one alone
    sense: SenseModes {
        key: "sense",
        flag: "sense",
        value: "MODE",
        variable: "MOBILEIM_SENSE",
        default: "15s,udp=3s",
    }

    /// The directory for what must survive a restart; made if it is not there
    data_dir: DataDir {
        key: "data-dir",
        flag: "data-dir",
        value: "DIR",
        variable: "MOBILEIM_DATA_DIR",
        otherwise: "none",
    }

    /// Where messages wait for offline receivers
    store: StoreKind {
        key: "store",
        flag: "store",
        value: "KIND",
        variable: "MOBILEIM_STORE",
        otherwise: "postgres with --database-url, sqlite with --data-dir, else memory",
    }

    /// The URL of the PostgreSQL database, with user and password. Other users of this machine can see a command
    /// line; the variable keeps the password from them
    database_url: DatabaseUrl {
        key: "database-url",
        flag: "database-url",
        value: "URL",
        variable: "MOBILEIM_DATABASE_URL",
        otherwise: "none",
    }

    /// The secret that signs the tokens of those who may log in, with HS256: 32 bytes at least. Several, one a line,
    /// are all accepted, so that they can be replaced
    jwt_secret: JwtSecret {
        key: "auth.jwt-secret",
        flag: "jwt-secret",
        value: "SECRET",
        variable: "MOBILEIM_JWT_SECRET",
        otherwise: "none",
    }

    /// A PEM file with the public keys of who signs tokens: of RSA (RS256), P-256 (ES256) or Ed25519
    jwt_public_key: PublicKeys {
        key: "auth.jwt-public-key",
        flag: "jwt-public-key",
        value: "FILE",
        variable: "MOBILEIM_JWT_PUBLIC_KEY",
        otherwise: "none",
    }

    /// The audience that tokens must name (aud)
    jwt_audience: Name {
        key: "auth.jwt-audience",
        flag: "jwt-audience",
        value: "NAME",
        variable: "MOBILEIM_JWT_AUDIENCE",
        otherwise: "none, and tokens that name one are refused",
    }

    /// The issuer that tokens must name (iss)
    jwt_issuer: Name {
        key: "auth.jwt-issuer",
        flag: "jwt-issuer",
        value: "NAME",
        variable: "MOBILEIM_JWT_ISSUER",
        otherwise: "any",
    }

    /// How often a token lets somebody in on UDP, which is not encrypted
    udp_tokens: UdpTokens {
        key: "auth.udp-tokens",
        flag: "udp-tokens",
        value: "KIND",
        variable: "MOBILEIM_UDP_TOKENS",
        default: "any",
    }

    /// How many TCP and WebSocket connections there may be; more are closed at once
    max_connections: Limit<u64> {
        key: "limits.max-connections",
        flag: "max-connections",
        value: "N",
        variable: "MOBILEIM_MAX_CONNECTIONS",
        otherwise: "the hard limit of open files, less 128 for the store and HTTP",
    }

    /// How many messages wait for one user at most, in SQLite or PostgreSQL: more are refused, and their
    /// senders told; "unlimited" for no limit
    max_stored: Limit<u64> {
        key: "limits.max-stored",
        flag: "max-stored",
        value: "N",
        variable: "MOBILEIM_MAX_STORED",
        default: "10000",
    }

    /// How long a message waits at most, in SQLite or PostgreSQL, such as 12h or 90d, before it is removed unread;
    /// "unlimited" for no limit
    max_stored_age: Limit<Duration> {
        key: "limits.max-stored-age",
        flag: "max-stored-age",
        value: "DURATION",
        variable: "MOBILEIM_MAX_STORED_AGE",
        default: "30days",
    }

    /// What is logged to standard error: error, warn, info, debug or trace; "info,sqlx=debug" for one
    /// part alone
    log: LogFilter {
        key: "log",
        flag: "log",
        value: "LEVEL",
        variable: "MOBILEIM_LOG",
        default: "info",
    }
}

impl Settings {
    /// Returns what gateways take and hold.
    pub fn limits(&self) -> Limits {
        let max = self.max_connections.and_then(|limit| limit.0);
        Limits {
            connections: max.and_then(|max| max.try_into().ok()),
            ..Limits::default()
        }
    }

    /// Returns what the store keeps at most.
    pub fn store_limits(&self) -> StoreLimits {
        StoreLimits::default()
            .with_max_messages(self.max_stored.0)
            .with_max_age(self.max_stored_age.0)
    }

    /// Returns the origins whose pages may connect.
    pub fn origins(&self) -> Origins {
        match &self.allowed_origins {
            Some(allowed) => allowed.0.clone(),
            None if self.dev.0 => Origins::Any,
            None => Origins::SameHost,
        }
    }

    /// A listener for proxies needs some.
    fn check_proxies(&self, place: &dyn Fn(&'static str) -> Place) -> Result<(), Mistake> {
        if self.proxy_protocol.is_none() || self.trusted_proxies.is_some() {
            return Ok(());
        }
        let place = place("listen.proxy-protocol");
        let text = format!(
            "'{}' needs to know who may send the header: 'listen.trusted-proxies'",
            place.name
        );
        Err(place.mistake(text))
    }

    /// Returns the heartbeat timing of each transport.
    pub fn timings(&self) -> Result<Timings, Mistake> {
        let mut timings = Timings::default();
        for (transport, mode) in self.sense.iter() {
            let set = timings.set(transport, mode);
            set.map_err(|error| Place::named("sense").mistake(format!("--sense: {error}")))?;
        }
        Ok(timings)
    }

    /// Checks what no setting says alone, and returns all that is wrong; `place` says where a setting was given.
    pub(super) fn check(&self, place: impl Fn(&'static str) -> Place) -> Result<(), Vec<Mistake>> {
        let mistakes: Vec<_> = [
            self.timings().err(),
            self.store_place().err(),
            self.authentication().err(),
            self.certificates_at(&place).err(),
            self.check_proxies(&place).err(),
        ]
        .into_iter()
        .flatten()
        .collect();
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::setting::Kind;
    use super::super::store_place::StorePlace;
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Settings, String> {
        let given = |key: &str| {
            let (_, text) = given.iter().find(|(name, _)| *name == key)?;
            Some(Ok(Given {
                text: (*text).to_owned(),
                place: Place::named(key),
            }))
        };
        Settings::read(given).map_err(|mistakes| {
            let all: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            all.join("\n")
        })
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.store_limits(), StoreLimits::default());
        let defaults = Timings::default();
        let mut timings = Timings::default();
        for (transport, mode) in settings.sense.iter() {
            timings.set(transport, mode).unwrap();
            assert_eq!(timings.of(transport), defaults.of(transport));
        }
        assert_eq!(settings.sense.iter().count(), 3, "one for each transport");
        assert!(!settings.dev.0);
        assert_eq!(settings.store_place(), Ok(StorePlace::Memory));
    }

    #[test]
    fn what_is_given_wins_over_the_default() {
        let settings = read(&[("listen.tcp", "off"), ("limits.max-stored", "5")]).unwrap();
        assert_eq!(settings.tcp, Listen(None));
        assert_eq!(settings.max_stored, Limit(Some(5)));
        assert_eq!(settings.udp.to_string(), "127.0.0.1:7901");
    }

    #[test]
    fn messages_wait_where_there_is_room_for_them() {
        let place = |given: &[_]| read(given).unwrap().store_place();
        let sqlite = Ok(StorePlace::Sqlite("data".into()));
        assert_eq!(place(&[("data-dir", "data")]), sqlite);
        let both = [("data-dir", "data"), ("database-url", "postgres://db")];
        let postgres = Ok(StorePlace::Postgres("postgres://db".to_owned()));
        assert_eq!(place(&both), postgres);
        assert_eq!(
            place(&[both[0], ("store", "none")]),
            Ok(StorePlace::Nowhere)
        );
        let mistake = place(&[("store", "sqlite")]).unwrap_err().to_string();
        assert_eq!(mistake, "--store sqlite needs --data-dir DIR");
    }

    #[test]
    fn a_bad_value_is_told_with_its_place() {
        assert_eq!(
            read(&[("limits.max-stored", "many")]).unwrap_err(),
            "invalid value 'many' for 'limits.max-stored': expected a number or \"unlimited\""
        );
        let both = [("limits.max-stored", "many"), ("listen.tcp", "here")];
        assert_eq!(read(&both).unwrap_err().lines().count(), 2);
    }

    #[test]
    fn names_are_unique_and_follow_from_each_other() {
        let mut names = BTreeSet::new();
        for setting in SETTINGS {
            let flag = setting.flag;
            assert_eq!(setting.key.rsplit('.').next(), Some(flag));
            let variable = format!("MOBILEIM_{}", flag.to_uppercase().replace('-', "_"));
            assert_eq!(setting.variable, variable);
            assert!(names.insert(flag), "{flag} is declared twice");
        }
    }

    #[test]
    fn what_is_declared_says_what_it_is() {
        for setting in SETTINGS {
            let key = setting.key;
            assert_ne!(
                setting.value.is_some(),
                matches!(setting.kind, Kind::Switch),
                "only a switch has no value: {key}"
            );
            assert!(!setting.help.contains("  "), "{key}");
            // It is a cell of a table too.
            assert!(!setting.help.contains(['|', '`', '<', '\n']), "{key}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let settings = read(&[("database-url", "postgres://im:hunter2@db")]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        let secret: Vec<_> = SETTINGS
            .iter()
            .filter(|setting| setting.is_secret())
            .collect();
        let keys: Vec<_> = secret.iter().map(|setting| setting.key).collect();
        assert_eq!(keys, ["database-url", "auth.jwt-secret"]);
    }
}
