//! Tokens for passwords.
//!
//! A hash takes memory and a processor on purpose, so two are made at once, some wait for that, and of more each is told to come back.
//! How often somebody may guess is limited by address, and for each user by address: so nobody can lock another one out.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lru::LruCache;
use mobileim_protocol::MAX_ID_LEN;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::users::Users;
use super::{Authentication, Replaceable};

/// How many hashes are made at once.
const AT_ONCE: usize = 2;

/// How many wait for that.
const MAX_WAITING: usize = 32;

/// How many addresses, and users by address, are remembered.
const MAX_REMEMBERED: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// How often may be tried from one address, and as one user from one address: so many at once, and then one in so long.
const OF_ADDRESS: (u32, Duration) = (30, Duration::from_secs(2));
const OF_USER: (u32, Duration) = (10, Duration::from_secs(10));

/// Gives tokens to whoever has a user's password. Clones are one and the same.
#[derive(Clone)]
pub struct PasswordLogin(Arc<Inner>);

struct Inner {
    /// None if nobody may.
    offer: RwLock<Option<Arc<Offer>>>,
    authentication: Replaceable,
    places: Arc<Semaphore>,
    /// Those who have a place included.
    asking: AtomicUsize,
    /// When all that somebody may try is there again.
    used: Mutex<LruCache<Guesser, Instant>>,
}

/// Who may, and how long tokens are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    users: Users,
    valid_for: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Guesser {
    address: IpAddr,
    user: Option<Box<str>>,
}

/// A token.
pub(crate) struct Given {
    pub(crate) token: String,
    /// In ms since 1970.
    pub(crate) expires_at: u64,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotGiven {
    /// Nobody gets any.
    Off,
    /// It is not the user's password, or there is no such user.
    Wrong,
    /// There were too many attempts; when there may be one.
    TooMany(Duration),
    /// Too many others wait.
    Busy,
}

/// What a page asks its user for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// A name: any token is accepted.
    Name,
    /// A name and a password, for which there is a token.
    Password,
    /// A name and a token, which comes from elsewhere.
    Token,
}

impl Offer {
    /// Tokens that are valid for a time, for these users.
    pub fn new(users: Users, valid_for: Duration) -> Self {
        Self { users, valid_for }
    }
}

impl PasswordLogin {
    /// Gives tokens that this authentication takes, which must have a secret.
    pub fn new(authentication: Replaceable, offer: Option<Offer>) -> Self {
        Self(Arc::new(Inner {
            offer: RwLock::new(offer.map(Arc::new)),
            authentication,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            asking: AtomicUsize::new(0),
            used: Mutex::new(LruCache::new(MAX_REMEMBERED)),
        }))
    }

    /// From now on these may.
    pub fn set_offer(&self, offer: Option<Offer>) {
        *self.0.offer.write() = offer.map(Arc::new);
    }

    pub(crate) fn sign_in(&self) -> SignIn {
        match *self.0.authentication.current() {
            Authentication::AnyToken => SignIn::Name,
            _ if self.0.offer.read().is_some() => SignIn::Password,
            _ => SignIn::Token,
        }
    }

    pub(crate) async fn token(
        &self,
        address: IpAddr,
        user: &str,
        password: &str,
    ) -> Result<Given, NotGiven> {
        let inner = &*self.0;
        let offer = inner.offer.read().clone().ok_or(NotGiven::Off)?;
        // What is remembered of each is bounded, too; nobody with such a name could log in.
        if user.len() > MAX_ID_LEN {
            return Err(NotGiven::Wrong);
        }
        inner.take(address, user)?;
        let _asking = inner.count_in()?;
        let place = Arc::clone(&inner.places).acquire_owned().await;
        let place = place.expect("it is never closed");
        let valid_for = offer.valid_for;
        let (who, password) = (user.to_owned(), password.to_owned());
        let verified = tokio::task::spawn_blocking(move || {
            let _place = place;
            offer.users.verify(&who, &password)
        });
        if !verified.await.unwrap_or(false) {
            return Err(NotGiven::Wrong);
        }
        inner.forget(address, user);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let expires_at = now.unwrap_or_default() + valid_for;
        let Authentication::Jwt(jwt) = &*inner.authentication.current() else {
            return Err(NotGiven::Off);
        };
        let token = jwt.sign(user, valid_for).ok_or(NotGiven::Off)?;
        let expires_at = expires_at.as_secs() * 1000;
        Ok(Given { token, expires_at })
    }
}

impl Inner {
    /// Counts an attempt.
    fn take(&self, address: IpAddr, user: &str) -> Result<(), NotGiven> {
        let now = Instant::now();
        let mut guessers = self.used.lock();
        let mut take = |who: Guesser, (burst, interval): (u32, Duration)| {
            let full = guessers.get_or_insert_mut(who, || now);
            let ahead = full.saturating_duration_since(now);
            let wait = (ahead + interval).saturating_sub(interval * burst);
            if !wait.is_zero() {
                return Err(NotGiven::TooMany(wait));
            }
            *full = now + ahead + interval;
            Ok(())
        };
        take(guesser(address, Some(user)), OF_USER)?;
        // A proxy that does not tell the real addresses connects from there.
        if address.is_loopback() {
            return Ok(());
        }
        take(guesser(address, None), OF_ADDRESS)
    }

    fn forget(&self, address: IpAddr, user: &str) {
        self.used.lock().pop(&guesser(address, Some(user)));
    }

    fn count_in(&self) -> Result<Asking<'_>, NotGiven> {
        let asking = Asking(&self.asking);
        let before = self.asking.fetch_add(1, Ordering::Relaxed);
        let has_room = before < AT_ONCE + MAX_WAITING;
        has_room.then_some(asking).ok_or(NotGiven::Busy)
    }
}

/// Somebody who waits, or whose password is looked at.
struct Asking<'a>(&'a AtomicUsize);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whoever has one address of IPv6 has a network of 64 bits.
fn guesser(address: IpAddr, user: Option<&str>) -> Guesser {
    let address = match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address @ IpAddr::V4(_) => address,
    };
    let user = user.map(Into::into);
    Guesser { address, user }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::auth::{Jwt, Keys};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn login(users: &[&str]) -> (PasswordLogin, Jwt) {
        let lines = users
            .iter()
            .map(|user| Users::line(user, "password").unwrap());
        let users = lines.collect::<Vec<_>>().join("\n").parse().unwrap();
        let keys = Keys::from_secrets("a secret of at least 32 bytes in all").unwrap();
        let jwt = Jwt::new(keys);
        let authentication = Replaceable::new(Authentication::Jwt(Box::new(jwt.clone())));
        let offer = Offer::new(users, Duration::from_secs(60));
        (PasswordLogin::new(authentication, Some(offer)), jwt)
    }

    fn why(given: Result<Given, NotGiven>) -> Option<NotGiven> {
        given.err()
    }

    #[tokio::test]
    async fn whoever_has_the_password_gets_a_token_with_which_to_log_in() {
        let (login, jwt) = login(&["alice"]);
        let given = login.token(HERE, "alice", "password").await.ok().unwrap();
        let end = jwt.check("alice", &given.token).unwrap();
        // There is some leeway for clocks.
        assert!(u64::try_from(end).unwrap().abs_diff(given.expires_at) < 12_000);
        assert_eq!(
            why(login.token(HERE, "alice", "passwort").await),
            Some(NotGiven::Wrong)
        );
        assert_eq!(
            why(login.token(HERE, "bob", "password").await),
            Some(NotGiven::Wrong)
        );
        let long = "a".repeat(MAX_ID_LEN + 1);
        let wrong = why(login.token(HERE, &long, "password").await);
        assert_eq!(wrong, Some(NotGiven::Wrong));
        login.set_offer(None);
        assert_eq!(
            why(login.token(HERE, "alice", "password").await),
            Some(NotGiven::Off)
        );
    }

    /// Hashes take their time, which gives attempts back.
    #[tokio::test(start_paused = true)]
    async fn nobody_may_guess_for_long_and_nobody_is_locked_out_by_others() {
        let (login, _) = login(&["alice"]);
        for _ in 0..OF_USER.0 {
            let wrong = login.token(HERE, "alice", "wrong").await;
            assert_eq!(why(wrong), Some(NotGiven::Wrong));
        }
        let right = why(login.token(HERE, "alice", "password").await);
        assert!(
            matches!(right, Some(NotGiven::TooMany(wait)) if wait <= OF_USER.1),
            "{right:?}"
        );
        let elsewhere = IpAddr::from([203, 0, 113, 7]);
        assert!(login.token(elsewhere, "alice", "password").await.is_ok());
    }

    #[tokio::test]
    async fn all_users_together_may_be_tried_so_often_from_one_network() {
        let (login, _) = login(&[]);
        for number in 0..=OF_ADDRESS.0 {
            let address = format!("2001:db8::{number:x}").parse().unwrap();
            let taken = login.0.take(address, &format!("user{number}"));
            assert_eq!(taken.is_ok(), number < OF_ADDRESS.0, "{number}");
        }
        assert!(
            login
                .0
                .take("2001:db8:0:1::1".parse().unwrap(), "user")
                .is_ok()
        );
    }

    #[tokio::test]
    async fn more_than_may_wait_are_told_at_once() {
        let (login, _) = login(&["alice"]);
        let waiting: Vec<_> = (0..AT_ONCE + MAX_WAITING)
            .map(|_| login.0.count_in())
            .collect();
        assert!(waiting.iter().all(Result::is_ok));
        let one_more = login.token(HERE, "alice", "password").await;
        assert_eq!(why(one_more), Some(NotGiven::Busy));
        drop(waiting);
        assert!(login.token(HERE, "alice", "password").await.is_ok());
    }
}
