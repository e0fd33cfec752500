//! The settings.

use std::time::Duration;

use mobileim_hub::Rate;

use super::mistake::{Mistake, Place};
use super::setting::{Given, SecretFile, Setting, Value, settings};
use super::values::{
    AllowedOrigins, CertificateFile, Count, DataDir, DatabaseUrl, JwtSecret, KeyFile, Lifetime,
    Limit, Listen, LogFilter, LogFormat, Name, ProxiedListeners, PublicKeys, SenseModes,
    ServiceUrl, Size, StoreKind, Switch, Time, TrustedFile, UdpTokens, UsersFile, WebhookSecret,
};
use crate::gateway::TrustedProxies;

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

    /// Where to listen for HTTP requests: /healthz, /readyz, /metrics and the chat page
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
        live: true,
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
        live: true,
    }

    /// A PEM file with the public keys of who signs tokens: of RSA (RS256), P-256 (ES256) or Ed25519
    jwt_public_key: PublicKeys {
        key: "auth.jwt-public-key",
        flag: "jwt-public-key",
        value: "FILE",
        variable: "MOBILEIM_JWT_PUBLIC_KEY",
        otherwise: "none",
        live: true,
    }

    /// The URL at which an identity provider publishes the keys that it signs tokens with (JWKS): https, or http on this
    /// machine. They are fetched again when they change
    jwt_jwks_url: ServiceUrl {
        key: "auth.jwt-jwks-url",
        flag: "jwt-jwks-url",
        value: "URL",
        variable: "MOBILEIM_JWT_JWKS_URL",
        otherwise: "none",
        live: true,
    }

    /// A PEM file with certificates of who is trusted, beside those whom the system trusts, when the server asks a URL in this
    /// section
    auth_ca: TrustedFile {
        key: "auth.provider-ca",
        flag: "provider-ca",
        value: "FILE",
        variable: "MOBILEIM_PROVIDER_CA",
        otherwise: "none",
        live: true,
    }

    /// The audience that tokens must name (aud)
    jwt_audience: Name {
        key: "auth.jwt-audience",
        flag: "jwt-audience",
        value: "NAME",
        variable: "MOBILEIM_JWT_AUDIENCE",
        otherwise: "none, and tokens that name one are refused",
        live: true,
    }

    /// The issuer that tokens must name (iss)
    jwt_issuer: Name {
        key: "auth.jwt-issuer",
        flag: "jwt-issuer",
        value: "NAME",
        variable: "MOBILEIM_JWT_ISSUER",
        otherwise: "any",
        live: true,
    }

    /// The URL of your back end that is asked whether somebody may log in, in place of keys for tokens: https, or http on this
    /// machine
    webhook_url: ServiceUrl {
        key: "auth.webhook-url",
        flag: "webhook-url",
        value: "URL",
        variable: "MOBILEIM_WEBHOOK_URL",
        otherwise: "none",
        live: true,
    }

    /// The secret that signs what the back end is asked: 24 bytes at least, or what follows whsec_ in base64. Several, one a line,
    /// all sign, so that they can be replaced
    webhook_secret: WebhookSecret {
        key: "auth.webhook-secret",
        flag: "webhook-secret",
        value: "SECRET",
        variable: "MOBILEIM_WEBHOOK_SECRET",
        otherwise: "none",
        live: true,
    }

    /// How long the back end is not asked again about a user and token that it has accepted; 0s to ask each time
    webhook_cache: Time {
        key: "auth.webhook-cache",
        flag: "webhook-cache",
        value: "DURATION",
        variable: "MOBILEIM_WEBHOOK_CACHE",
        default: "10s",
        live: true,
    }

    /// How many logins the back end is asked about at once. 16 times as many wait for that; of more, clients are told to come back
    webhook_concurrency: Count {
        key: "auth.webhook-concurrency",
        flag: "webhook-concurrency",
        value: "N",
        variable: "MOBILEIM_WEBHOOK_CONCURRENCY",
        default: "64",
        live: true,
    }

    /// A file of users with their passwords, as mobileim-server password prints its lines: who is in it gets a token, signed with
    /// jwt-secret, by POST /login
    users_file: UsersFile {
        key: "auth.users-file",
        flag: "users-file",
        value: "FILE",
        variable: "MOBILEIM_USERS_FILE",
        otherwise: "none",
        live: true,
    }

    /// How long such a token is valid
    users_valid_for: Lifetime {
        key: "auth.users-valid-for",
        flag: "users-valid-for",
        value: "DURATION",
        variable: "MOBILEIM_USERS_VALID_FOR",
        default: "7days",
        live: true,
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
        live: true,
    }

    /// How many of those one address may have; of IPv6, one network of 64 bits
    max_connections_per_address: Limit<u64> {
        key: "limits.max-connections-per-address",
        flag: "max-connections-per-address",
        value: "N",
        variable: "MOBILEIM_MAX_CONNECTIONS_PER_ADDRESS",
        default: "1000",
        live: true,
    }

    /// How many of those there may be that have not logged in: when there are more, the oldest are closed
    max_unauthenticated: Limit<u64> {
        key: "limits.max-unauthenticated",
        flag: "max-unauthenticated",
        value: "N",
        variable: "MOBILEIM_MAX_UNAUTHENTICATED",
        default: "4096",
    }

    /// How many messages one user may send, such as 50/s for long and 500 at once. More are refused with the time to wait
    /// (error 304), and the connection of who goes on all the same is closed
    message_rate: Limit<Rate> {
        key: "limits.message-rate",
        flag: "message-rate",
        value: "RATE",
        variable: "MOBILEIM_MESSAGE_RATE",
        default: "200/s,burst=2000",
    }

    /// How many logins, heartbeats and echoes may come on one connection; past it, it is closed
    request_rate: Limit<Rate> {
        key: "limits.request-rate",
        flag: "request-rate",
        value: "RATE",
        variable: "MOBILEIM_REQUEST_RATE",
        default: "20/s,burst=200",
    }

    /// How many logins are looked at. Of more, MobileIM clients are told when to come back, each at another time (1027);
    /// original ones are disconnected, and come back by themselves
    login_rate: Limit<Rate> {
        key: "limits.login-rate",
        flag: "login-rate",
        value: "RATE",
        variable: "MOBILEIM_LOGIN_RATE",
        default: "5000/s,burst=10000",
    }

    /// The same for one address; of IPv6, for one network of 64 bits
    login_rate_per_address: Limit<Rate> {
        key: "limits.login-rate-per-address",
        flag: "login-rate-per-address",
        value: "RATE",
        variable: "MOBILEIM_LOGIN_RATE_PER_ADDRESS",
        default: "50/s,burst=1000",
    }

    /// The same for one user from one address
    login_rate_per_user: Limit<Rate> {
        key: "limits.login-rate-per-user",
        flag: "login-rate-per-user",
        value: "RATE",
        variable: "MOBILEIM_LOGIN_RATE_PER_USER",
        default: "1/s,burst=20",
    }

    /// Whether what is limited by address is so for addresses of this machine itself too. A proxy on it that does not tell
    /// the real addresses connects from there
    limit_loopback: Switch {
        key: "limits.limit-loopback",
        flag: "limit-loopback",
        variable: "MOBILEIM_LIMIT_LOOPBACK",
        default: "off",
    }

    /// How many bytes may wait to be written to one TCP or WebSocket connection before it is closed for not reading
    send_queue: Limit<Size> {
        key: "limits.send-queue", flag: "send-queue", value: "SIZE",
        variable: "MOBILEIM_SEND_QUEUE", default: "4MiB",
    }

    /// How many bytes may wait to be written to all of them: past it, connections are closed that have more than their share
    send_queues: Limit<Size> {
        key: "limits.send-queues", flag: "send-queues", value: "SIZE",
        variable: "MOBILEIM_SEND_QUEUES", default: "256MiB",
    }

    /// How many bytes of messages under way mailboxes may hold in memory, all together: the nearer to it, the sooner a message to
    /// who does not take it is stored instead, or is not taken, and its sender sends it again
    mailbox_memory: Limit<Size> {
        key: "limits.mailbox-memory", flag: "mailbox-memory", value: "SIZE",
        variable: "MOBILEIM_MAILBOX_MEMORY", default: "256MiB",
    }

    /// How many messages wait for one user at most: more are refused, and their senders told; "unlimited" for no limit
    max_stored: Limit<u64> {
        key: "limits.max-stored", flag: "max-stored", value: "N",
        variable: "MOBILEIM_MAX_STORED", default: "10000", live: true,
    }

    /// How many bytes wait for one user at most, likewise: the messages, and 512 bytes for each
    max_stored_bytes: Limit<Size> {
        key: "limits.max-stored-bytes", flag: "max-stored-bytes", value: "SIZE",
        variable: "MOBILEIM_MAX_STORED_BYTES", default: "64MiB", live: true,
    }

    /// How many bytes wait for all users together at most, likewise
    max_stored_bytes_in_all: Limit<Size> {
        key: "limits.max-stored-bytes-in-all", flag: "max-stored-bytes-in-all", value: "SIZE",
        variable: "MOBILEIM_MAX_STORED_BYTES_IN_ALL", default: "16GiB", live: true,
    }

    /// How many bytes of the disk with the data directory stay free, with SQLite: with less, new messages that must be stored are
    /// refused, but for the room of those that are fetched; 0 for no such limit
    min_free_disk: Limit<Size> {
        key: "limits.min-free-disk", flag: "min-free-disk", value: "SIZE",
        variable: "MOBILEIM_MIN_FREE_DISK", otherwise: "256MiB, but a tenth of the disk at most", live: true,
    }

    /// How long a message waits at most, in SQLite or PostgreSQL, such as 12h or 90d, before it is removed unread;
    /// "unlimited" for no limit
    max_stored_age: Limit<Duration> {
        key: "limits.max-stored-age", flag: "max-stored-age", value: "DURATION",
        variable: "MOBILEIM_MAX_STORED_AGE", default: "30days",
    }

    /// How long the server may take to stop, such as 10s: what is on its way to receivers is put into the store
    drain_time: Time {
        key: "drain-time",
        flag: "drain-time",
        value: "DURATION",
        variable: "MOBILEIM_DRAIN_TIME",
        default: "10s",
        live: true,
    }

    /// Within which time the clients of a server that stops come back, each at another moment; of more than 5000 for each
    /// second, within as many seconds as that takes. 0s for no such time
    drain_spread: Time {
        key: "drain-spread",
        flag: "drain-spread",
        value: "DURATION",
        variable: "MOBILEIM_DRAIN_SPREAD",
        otherwise: "2ms for each session, 5s at most",
        live: true,
    }

    /// The fingerprint of a message that is followed: each of its steps is a line in the log, without its text
    trace_fp: Name {
        key: "trace-fp",
        flag: "trace-fp",
        value: "FP",
        variable: "MOBILEIM_TRACE_FP",
        otherwise: "none",
        live: true,
    }

    /// The form of the log
    log_format: LogFormat {
        key: "log-format",
        flag: "log-format",
        value: "FORMAT",
        variable: "MOBILEIM_LOG_FORMAT",
        default: "text",
    }

    /// What is logged to standard error: error, warn, info, debug or trace; "info,sqlx=debug" for one
    /// part alone
    log: LogFilter {
        key: "log",
        flag: "log",
        value: "LEVEL",
        variable: "MOBILEIM_LOG",
        default: "info",
        live: true,
    }
}
