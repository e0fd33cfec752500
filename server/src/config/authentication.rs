//! Who may log in, as several settings say together.

use std::time::Duration;

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::values::UdpTokens;
use crate::auth::{ApiKeys, AskBackEnd, Authentication, Jwks, Jwt, Keys, Offer};
use crate::outgoing::Trust;

/// What is said to whoever starts a server that cannot let anybody in.
const REFUSAL: &str = "\
refusing to start: nothing says who may log in. With this in mobileim.toml, whoever has a token of yours may:

    [auth]
    # Signs your users' tokens (HS256). Made by: (umask 077; openssl rand -base64 48 > jwt-secret)
    jwt-secret-file = \"jwt-secret\"
    # Or, if somebody else signs them (RS256, ES256, EdDSA), the public key in place of the secret, or where the keys are:
    # jwt-public-key = \"public.pem\"
    # jwt-jwks-url = \"https://id.example.com/.well-known/jwks.json\"

\"mobileim-server token --user alice\" then makes a token to try it with. For development, --dev accepts any token.";

/// What is said of keys and of a back end that are given with `dev`.
const UNDER_DEV: &str = "says who may log in, and cannot be combined with";

impl Settings {
    /// Returns who may log in.
    pub fn authentication(&self) -> Result<Authentication, Mistake> {
        self.authentication_at(&|key| Place::named(key))
    }

    /// The same. A mistake is where the setting is that is wrong.
    pub(super) fn authentication_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<Authentication, Mistake> {
        let mistake = |key, text: &str| Err(place(key).wrong(text));
        let with =
            |key, text: &str, other| mistake(key, &format!("{text} '{}'", place(other).name));
        let secret = self.auth.jwt_secret.as_ref().map(|secret| secret.0.clone());
        let public = self.auth.jwt_public_key.as_ref().map(|keys| keys.0.clone());
        let keys = match (secret, public) {
            (Some(secret), Some(public)) => Some(secret.and(public)),
            (secret, public) => secret.or(public),
        };
        let keys = keys.or_else(|| self.jwks().map(|_| Keys::none()));
        let back_end = self.back_end(place)?;
        let is_once = self.auth.udp_tokens == UdpTokens::Once;
        match (keys, back_end, self.general.dev.0) {
            (Some(_), Some(_), _) => with(
                "auth.webhook-url",
                "is in place of keys for tokens: it cannot be combined with",
                self.key_of_keys(),
            ),
            (Some(_), None, true) => with(self.key_of_keys(), UNDER_DEV, "dev"),
            (None, Some(_), true) => with("auth.webhook-url", UNDER_DEV, "dev"),
            (None, None, true) if is_once => with(
                "auth.udp-tokens",
                "is once, which needs keys for tokens: any token is accepted, any number of times, with",
                "dev",
            ),
            (None, Some(_), false) if is_once => with(
                "auth.udp-tokens",
                "is once, which needs keys for tokens: which are right, and how often, is said by the back end of",
                "auth.webhook-url",
            ),
            (None, None, true) => Ok(Authentication::AnyToken),
            (None, None, false) => Err(Place::named("auth").mistake(REFUSAL.to_owned())),
            (None, Some(back_end), false) => Ok(Authentication::BackEnd(back_end)),
            (Some(keys), None, false) => Ok(Authentication::Jwt(Box::new(self.jwt(keys)))),
        }
    }

    /// Returns how long it counts that tokens were revoked: not shorter than those live that are given for passwords.
    pub fn revoked_for(&self) -> Duration {
        let of_passwords = self.auth.users_file.as_ref();
        let of_passwords = of_passwords.map(|_| self.auth.users_valid_for.0);
        self.auth
            .revoked_for
            .0
            .max(of_passwords.unwrap_or_default())
    }

    /// Returns who may use the API; `None` if there is none.
    pub fn api_keys(&self) -> Option<ApiKeys> {
        self.api.api_keys.as_ref().map(|keys| keys.0.clone())
    }

    /// Returns who gets a token for a password.
    pub fn password_offer(&self) -> Result<Option<Offer>, Mistake> {
        self.password_offer_at(&|key| Place::named(key))
    }

    /// The same. A mistake is where the setting is that is wrong.
    pub(super) fn password_offer_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<Option<Offer>, Mistake> {
        let Some(users) = &self.auth.users_file else {
            return Ok(None);
        };
        if self.auth.jwt_secret.is_none() {
            let what = "needs a secret that signs the tokens: 'auth.jwt-secret-file' names one";
            return Err(place("auth.users-file").wrong(what));
        }
        Ok(Some(Offer::new(
            users.0.clone(),
            self.auth.users_valid_for.0,
        )))
    }

    /// The key of the setting that says first what signs tokens.
    fn key_of_keys(&self) -> &'static str {
        if self.auth.jwt_secret.is_some() {
            "auth.jwt-secret"
        } else if self.auth.jwt_public_key.is_some() {
            "auth.jwt-public-key"
        } else {
            "auth.jwt-jwks-url"
        }
    }

    fn back_end(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<Option<AskBackEnd>, Mistake> {
        let Some(url) = &self.auth.webhook_url else {
            return Ok(None);
        };
        let Some(secret) = &self.auth.webhook_secret else {
            let what = "needs a secret that signs what is asked, or anybody could ask: 'auth.webhook-secret-file' names one";
            return Err(place("auth.webhook-url").wrong(what));
        };
        Ok(Some(AskBackEnd::new(
            url.0.clone(),
            self.trust(),
            secret.0.clone(),
            self.auth.webhook_concurrency.0.get().into(),
            self.auth.webhook_cache.0,
        )))
    }

    fn jwt(&self, keys: Keys) -> Jwt {
        let jwt = Jwt::new(keys)
            .with_jwks(self.jwks())
            .with_audience(self.auth.jwt_audience.as_ref().map(ToString::to_string))
            .with_issuer(self.auth.jwt_issuer.as_ref().map(ToString::to_string));
        match self.auth.udp_tokens {
            UdpTokens::Any => jwt,
            UdpTokens::Once => jwt.with_udp_tokens_for_one_login(),
        }
    }

    fn jwks(&self) -> Option<Jwks> {
        let url = self.auth.jwt_jwks_url.as_ref()?;
        Some(Jwks::new(url.0.clone(), self.trust()))
    }

    /// Whom the server trusts when it asks.
    pub(super) fn trust(&self) -> Trust {
        self.auth
            .auth_ca
            .clone()
            .map(|trusted| trusted.0)
            .unwrap_or_default()
    }
}
