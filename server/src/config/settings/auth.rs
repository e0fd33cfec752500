//! Settings of who may log in.

use super::super::setting::settings;
use super::super::values::{
    Count, JwtSecret, Lifetime, Name, PublicKeys, ServiceUrl, Switch, Time, TrustedFile, UdpTokens,
    UsersFile, WebhookSecret,
};

settings! {
    /// Who may log in.
    AuthSettings in AUTH;

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

    /// How long it counts that a user's tokens were revoked: as long as the longest life of a token, since one that lives longer is
    /// taken again afterwards
    revoked_for: Lifetime { key: "auth.revoked-for", value: "DURATION", default: "30days", live: true, }

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
}
