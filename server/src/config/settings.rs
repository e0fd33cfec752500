//! The settings.

use std::time::Duration;

use mobileim_hub::Rate;

use super::mistake::{Mistake, Place};
use super::setting::{Given, SecretFile, Setting, VARIABLE, Value, flag, settings, variable};
use super::values::{
    AllowedOrigins, ApiKeysFile, CertificateFile, Count, DataDir, DatabaseUrl, JwtSecret, KIB,
    KeyFile, Lifetime, Limit, Listen, LogFilter, LogFormat, Name, ProxiedListeners, PublicKeys,
    SenseModes, ServiceUrl, Size, SizeWithin, StoreKind, Switch, Time, TimeWithin, TrustedFile,
    UdpTokens, UsersFile, WebhookSecret,
};
use crate::gateway::TrustedProxies;

settings! {
    /// For development: accepts any token, listens on this machine only, serves the chat page; keeps messages
    /// in memory, unless told otherwise
    dev: Switch {
        key: "dev",
        default: "off",
    }

    /// Where to listen for TCP clients; "off" to switch it off, port 0 for any free port
    tcp: Listen {
        key: "listen.tcp",
        value: "ADDR",
        default: "127.0.0.1:8901",
    }

    /// Where to listen for UDP clients
    udp: Listen {
        key: "listen.udp",
        value: "ADDR",
        default: "127.0.0.1:7901",
    }

    /// Where to listen for WebSocket clients (path /websocket)
    ws: Listen {
        key: "listen.ws",
        value: "ADDR",
        default: "127.0.0.1:3000",
    }

    /// Where to listen for HTTP requests: /healthz, /readyz, /metrics and the chat page
    http: Listen {
        key: "listen.http",
        value: "ADDR",
        default: "127.0.0.1:8080",
    }

    /// Where to listen for TCP clients that use TLS
    tcp_tls: Listen { key: "listen.tcp-tls", value: "ADDR", default: "off", }

    /// Where to listen for WebSocket clients that use TLS (path /websocket)
    wss: Listen { key: "listen.wss", value: "ADDR", default: "off", }

    /// Where to listen for HTTP requests that use TLS
    https: Listen { key: "listen.https", value: "ADDR", default: "off", }

    /// Where to listen for requests to the API (path /api/v1), which is then not at http and https. It is not encrypted
    api: Listen { key: "listen.api", value: "ADDR", default: "off", }

    /// The PEM file with the certificate for TLS, followed by those that vouch for it. It is read again when it changes
    tls_cert: CertificateFile {
        key: "listen.tls-cert",
        value: "FILE",
        otherwise: "none",
    }

    /// The PEM file with the certificate's private key, which is not encrypted. It is read again when it changes
    tls_key: KeyFile {
        key: "listen.tls-key",
        value: "FILE",
        otherwise: "none",
    }

    /// Proxies in front of the server, by address or network: of a WebSocket or HTTP request that comes from one of them,
    /// the client's address is what X-Forwarded-For says. From others it means nothing
    trusted_proxies: TrustedProxies {
        key: "listen.trusted-proxies",
        value: "NETWORK",
        otherwise: "none",
    }

    /// Listeners to which trusted proxies alone may connect, and each connection begins with a PROXY header, version 1 or 2,
    /// which says the client's address: tcp, tcp-tls, ws, wss, http, https
    proxy_protocol: ProxiedListeners {
        key: "listen.proxy-protocol",
        value: "LISTENER",
        otherwise: "none",
    }

    /// Pages that may open a WebSocket, by the origin that browsers send: scheme, host and port, where *. before the
    /// host stands for all names below it; "*" for any page. Clients that are no browsers have no origin
    allowed_origins: AllowedOrigins {
        key: "listen.allowed-origins",
        value: "ORIGIN",
        otherwise: "the same host on any port; with --dev, any",
        live: true,
    }

    /// Whether the chat page is served over HTTP, for those who may log in; with --dev it is
    chat_page: Switch {
        key: "listen.chat-page",
        default: "off",
    }

    /// How quickly dead connections are noticed: 3s, 5s, 10s, 15s, 30s, 60s or 120s for TCP and WebSocket;
    /// "udp=10s" for UDP, which has no 5s and 15s; "tcp=…" and "ws=…" for one alone
    sense: SenseModes {
        key: "sense",
        value: "MODE",
        default: "15s,udp=3s",
    }

    /// The directory for what must survive a restart; made if it is not there
    data_dir: DataDir {
        key: "data-dir",
        value: "DIR",
        otherwise: "none",
    }

    /// Where messages wait for offline receivers
    store: StoreKind {
        key: "store",
        value: "KIND",
        otherwise: "postgres with --database-url, sqlite with --data-dir, else memory",
    }

    /// The URL of the PostgreSQL database, with user and password. Other users of this machine can see a command
    /// line; the variable keeps the password from them
    database_url: DatabaseUrl {
        key: "database-url",
        value: "URL",
        otherwise: "none",
    }

    /// The secret that signs the tokens of those who may log in, with HS256: 32 bytes at least. Several, one a line,
    /// are all accepted, so that they can be replaced
    jwt_secret: JwtSecret {
        key: "auth.jwt-secret",
        value: "SECRET",
        otherwise: "none",
        live: true,
    }

    /// A PEM file with the public keys of who signs tokens: of RSA (RS256), P-256 (ES256) or Ed25519
    jwt_public_key: PublicKeys {
        key: "auth.jwt-public-key",
        value: "FILE",
        otherwise: "none",
        live: true,
    }

    /// The URL at which an identity provider publishes the keys that it signs tokens with (JWKS): https, or http on this
    /// machine. They are fetched again when they change
    jwt_jwks_url: ServiceUrl {
        key: "auth.jwt-jwks-url",
        value: "URL",
        otherwise: "none",
        live: true,
    }

    /// A PEM file with certificates of who is trusted, beside those whom the system trusts, when the server asks a URL in this
    /// section
    auth_ca: TrustedFile {
        key: "auth.provider-ca",
        value: "FILE",
        otherwise: "none",
        live: true,
    }

    /// The audience that tokens must name (aud)
    jwt_audience: Name {
        key: "auth.jwt-audience",
        value: "NAME",
        otherwise: "none, and tokens that name one are refused",
        live: true,
    }

    /// The issuer that tokens must name (iss)
    jwt_issuer: Name {
        key: "auth.jwt-issuer",
        value: "NAME",
        otherwise: "any",
        live: true,
    }

    /// The URL of your back end that is asked whether somebody may log in, in place of keys for tokens: https, or http on this
    /// machine
    webhook_url: ServiceUrl {
        key: "auth.webhook-url",
        value: "URL",
        otherwise: "none",
        live: true,
    }

    /// The secret that signs what the back end is asked: 24 bytes at least, or what follows whsec_ in base64. Several, one a line,
    /// all sign, so that they can be replaced
    webhook_secret: WebhookSecret {
        key: "auth.webhook-secret",
        value: "SECRET",
        otherwise: "none",
        live: true,
    }

    /// How long the back end is not asked again about a user and token that it has accepted; 0s to ask each time
    webhook_cache: Time {
        key: "auth.webhook-cache",
        value: "DURATION",
        default: "10s",
        live: true,
    }

    /// How many logins the back end is asked about at once. 16 times as many wait for that; of more, clients are told to come back
    webhook_concurrency: Count {
        key: "auth.webhook-concurrency",
        value: "N",
        default: "64",
        live: true,
    }

    /// A file of users with their passwords, as mobileim-server password prints its lines: who is in it gets a token, signed with
    /// jwt-secret, by POST /login
    users_file: UsersFile {
        key: "auth.users-file",
        value: "FILE",
        otherwise: "none",
        live: true,
    }

    /// How long such a token is valid
    users_valid_for: Lifetime {
        key: "auth.users-valid-for",
        value: "DURATION",
        default: "7days",
        live: true,
    }

    /// How often a token lets somebody in on UDP, which is not encrypted
    udp_tokens: UdpTokens {
        key: "auth.udp-tokens",
        value: "KIND",
        default: "any",
    }

    /// Whether only clients may log in on UDP whose datagrams carry a secret of the session, as those of MobileIM do. Whoever can
    /// write the address of another client on a datagram can speak in its name, or end its session
    require_udp_secret: Switch {
        key: "auth.require-udp-secret",
        default: "off",
    }

    /// A file of keys for the API, as mobileim-server api-key prints its lines: whoever has one may use it, at http and https or at
    /// api, as far as the scopes of the key go
    api_keys: ApiKeysFile { key: "api.keys-file", value: "FILE", otherwise: "none, and there is no API", live: true, }

    /// How many TCP and WebSocket connections there may be; more are closed at once
    max_connections: Limit<u64> {
        key: "limits.max-connections",
        value: "N",
        otherwise: "the hard limit of open files, less 32 for the store, and http-connections",
        live: true,
    }

    /// How many of those one address may have; of IPv6, one network of 64 bits
    max_connections_per_address: Limit<u64> {
        key: "limits.max-connections-per-address",
        value: "N",
        default: "1000",
        live: true,
    }

    /// How many of those there may be that have not logged in: when there are more, the oldest are closed. As many UDP
    /// addresses may wait for the decision about their login
    max_unauthenticated: Limit<u64> {
        key: "limits.max-unauthenticated",
        value: "N",
        default: "4096",
    }

    /// How long a connection may take to log in, handshakes of TLS and WebSocket included
    login_time: TimeWithin<1, 300> {
        key: "limits.login-time",
        value: "DURATION",
        default: "5s",
    }

    /// How long a message may be, with all that goes with it: 64KiB at most, as no client takes more. Clients of MobileIM are
    /// told; an original one that uses WebSocket is disconnected when it sends more
    max_body: SizeWithin<{ 6 * KIB }, { 64 * KIB }> {
        key: "limits.max-body",
        value: "SIZE",
        default: "64KiB",
    }

    /// The same for original clients that use TCP, which must be set to it; on UDP it is 2KiB from them and 1KiB to them
    max_body_tcp: SizeWithin<KIB, { 64 * KIB }> {
        key: "limits.max-body-tcp",
        value: "SIZE",
        default: "6KiB",
    }

    /// How many HTTP connections are served at once; others wait for a place
    http_connections: Count {
        key: "limits.http-connections",
        value: "N",
        default: "96",
    }

    /// How long the head of an HTTP request may be, that of one for a WebSocket included
    http_head: SizeWithin<{ 8 * KIB }, { 64 * KIB }> {
        key: "limits.http-head",
        value: "SIZE",
        default: "16KiB",
    }

    /// How long the head of an HTTP request may take to arrive, and before it a TLS handshake. A request for a WebSocket has
    /// the time to log in
    http_head_time: TimeWithin<1, 300> {
        key: "limits.http-head-time",
        value: "DURATION",
        default: "5s",
    }

    /// How long an HTTP connection may last in all
    http_time: TimeWithin<1, 3600> {
        key: "limits.http-time",
        value: "DURATION",
        default: "1m",
    }

    /// How long the body of an HTTP request may be
    http_body: SizeWithin<KIB, { 1024 * KIB }> {
        key: "limits.http-body",
        value: "SIZE",
        default: "4KiB",
    }

    /// The same for one to the API, which may name many users
    api_body: SizeWithin<KIB, { 1024 * KIB }> { key: "limits.api-body", value: "SIZE", default: "256KiB", }

    /// How many messages one user may send, such as 50/s for long and 500 at once. More are refused with the time to wait
    /// (error 304), and the connection of who goes on all the same is closed
    message_rate: Limit<Rate> {
        key: "limits.message-rate",
        value: "RATE",
        default: "200/s,burst=2000",
    }

    /// How many logins, heartbeats and echoes may come on one connection; past it, it is closed
    request_rate: Limit<Rate> {
        key: "limits.request-rate",
        value: "RATE",
        default: "20/s,burst=200",
    }

    /// How many logins are looked at. Of more, MobileIM clients are told when to come back, each at another time (1027);
    /// original ones are disconnected, and come back by themselves
    login_rate: Limit<Rate> {
        key: "limits.login-rate",
        value: "RATE",
        default: "5000/s,burst=10000",
    }

    /// The same for one address; of IPv6, for one network of 64 bits
    login_rate_per_address: Limit<Rate> {
        key: "limits.login-rate-per-address",
        value: "RATE",
        default: "50/s,burst=1000",
    }

    /// The same for one user from one address
    login_rate_per_user: Limit<Rate> {
        key: "limits.login-rate-per-user",
        value: "RATE",
        default: "1/s,burst=20",
    }

    /// Whether what is limited by address is so for addresses of this machine itself too. A proxy on it that does not tell
    /// the real addresses connects from there
    limit_loopback: Switch {
        key: "limits.limit-loopback",
        default: "off",
    }

    /// How many bytes may wait to be written to one TCP or WebSocket connection before it is closed for not reading
    send_queue: Limit<Size> {
        key: "limits.send-queue",
        value: "SIZE",
        default: "4MiB",
    }

    /// How many bytes may wait to be written to all of them: past it, connections are closed that have more than their share
    send_queues: Limit<Size> {
        key: "limits.send-queues",
        value: "SIZE",
        default: "256MiB",
    }

    /// How many bytes of messages under way mailboxes may hold in memory, all together: the nearer to it, the sooner a message to
    /// who does not take it is stored instead, or is not taken, and its sender sends it again
    mailbox_memory: Limit<Size> {
        key: "limits.mailbox-memory",
        value: "SIZE",
        default: "256MiB",
    }

    /// How many messages wait for one user at most: more are refused, and their senders told; "unlimited" for no limit
    max_stored: Limit<u64> {
        key: "limits.max-stored",
        value: "N",
        default: "10000",
        live: true,
    }

    /// How many bytes wait for one user at most, likewise: the messages, and 512 bytes for each
    max_stored_bytes: Limit<Size> {
        key: "limits.max-stored-bytes",
        value: "SIZE",
        default: "64MiB",
        live: true,
    }

    /// How many bytes wait for all users together at most, likewise
    max_stored_bytes_in_all: Limit<Size> {
        key: "limits.max-stored-bytes-in-all",
        value: "SIZE",
        default: "16GiB",
        live: true,
    }

    /// How many bytes of the disk with the data directory stay free, with SQLite: with less, new messages that must be stored are
    /// refused, but for the room of those that are fetched; 0 for no such limit
    min_free_disk: Limit<Size> {
        key: "limits.min-free-disk",
        value: "SIZE",
        otherwise: "256MiB, but a tenth of the disk at most",
        live: true,
    }

    /// How long a message waits at most, in SQLite or PostgreSQL, such as 12h or 90d, before it is removed unread;
    /// "unlimited" for no limit
    max_stored_age: Limit<Duration> {
        key: "limits.max-stored-age",
        value: "DURATION",
        default: "30days",
    }

    /// How long the server may take to stop, such as 10s: what is on its way to receivers is put into the store
    drain_time: Time {
        key: "drain-time",
        value: "DURATION",
        default: "10s",
        live: true,
    }

    /// Within which time the clients of a server that stops come back, each at another moment; of more than 5000 for each
    /// second, within as many seconds as that takes. 0s for no such time
    drain_spread: Time {
        key: "drain-spread",
        value: "DURATION",
        otherwise: "2ms for each session, 5s at most",
        live: true,
    }

    /// The fingerprint of a message that is followed: each of its steps is a line in the log, without its text
    trace_fp: Name {
        key: "trace-fp",
        value: "FP",
        otherwise: "none",
        live: true,
    }

    /// The form of the log
    log_format: LogFormat {
        key: "log-format",
        value: "FORMAT",
        default: "text",
    }

    /// What is logged to standard error: error, warn, info, debug or trace; "info,sqlx=debug" for one
    /// part alone
    log: LogFilter {
        key: "log",
        value: "LEVEL",
        default: "info",
        live: true,
    }
}
