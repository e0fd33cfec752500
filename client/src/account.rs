//! Who logs in, and what proves it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use mobileim_protocol::client as engine;

/// What a token provider may fail with.
pub(crate) type TokenError = Box<dyn std::error::Error + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<String, TokenError>> + Send>>;

/// Gets a token, each time one is needed.
#[derive(Clone)]
pub(crate) struct TokenProvider(Arc<dyn Fn() -> TokenFuture + Send + Sync>);

impl TokenProvider {
    pub(crate) fn request(&self) -> TokenFuture {
        (self.0)()
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenProvider")
    }
}

/// Who logs in, with what proves it.
#[derive(Clone)]
pub struct Account {
    user_id: String,
    token: Token,
    extra: Option<String>,
}

#[derive(Clone)]
enum Token {
    Fixed(String),
    Provided(TokenProvider),
}

impl Account {
    /// A user whose token stays the same for as long as the client is logged in.
    pub fn new(user_id: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            token: Token::Fixed(token.into()),
            extra: None,
        }
    }

    /// A user whose token is asked for at each login, reconnects included: for tokens that expire.
    ///
    /// If `provider` fails, or takes longer than the login may, the client tries again later.
    ///
    /// ```
    /// # use mobileim_client::Account;
    /// # async fn fetch_token(user: &str) -> std::io::Result<String> { Ok(format!("token of {user}")) }
    /// let account = Account::with_token_provider("alice", || fetch_token("alice"));
    /// ```
    pub fn with_token_provider<P, F, E>(user_id: impl Into<String>, provider: P) -> Self
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let provider = move || -> TokenFuture {
            let token = provider();
            Box::pin(async move { token.await.map_err(Into::into) })
        };
        Self {
            user_id: user_id.into(),
            token: Token::Provided(TokenProvider(Arc::new(provider))),
            extra: None,
        }
    }

    /// Anything else that the server's authenticator wants to know.
    #[must_use]
    pub fn with_extra(mut self, extra: impl Into<String>) -> Self {
        self.extra = Some(extra.into());
        self
    }

    /// The user id.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// What the engine is told, and what it does not know about.
    pub(crate) fn into_parts(self) -> (engine::Account, Option<TokenProvider>) {
        let (token, provider) = match self.token {
            Token::Fixed(token) => (engine::Token::Fixed(token), None),
            Token::Provided(provider) => (engine::Token::Ask, Some(provider)),
        };
        let account = engine::Account {
            user_id: self.user_id,
            token,
            extra: self.extra,
        };
        (account, provider)
    }
}

/// Shows no token.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
