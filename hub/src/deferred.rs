//! Answers that may take a while.

use std::fmt;
use std::pin::Pin;

use futures_util::FutureExt as _;

/// What an [`Authenticator`](crate::Authenticator) or [`Hooks`](crate::Hooks) answers: at once, which costs
/// nothing, or later.
///
/// While a login is decided, what the connection sends next waits; while a message is, what the same connection sends to the same
/// receiver. Should the connection end meanwhile, the future is dropped.
pub enum Deferred<T> {
    /// The answer.
    Ready(T),
    /// It will come.
    Pending(Pin<Box<dyn Future<Output = T> + Send>>),
}

impl<T> Deferred<T> {
    /// An answer that a future will give.
    pub fn pending(answer: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Pending(Box::pin(answer))
    }

    /// The same of one that is begun now: it may be there already.
    pub(crate) fn begun(answer: impl Future<Output = T> + Send + 'static) -> Self {
        let mut answer: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(answer);
        match answer.as_mut().now_or_never() {
            Some(answer) => Self::Ready(answer),
            None => Self::Pending(answer),
        }
    }

    /// The answer, as soon as it is there.
    pub async fn wait(self) -> T {
        match self {
            Self::Ready(answer) => answer,
            Self::Pending(answer) => answer.await,
        }
    }
}

impl<T: Send + 'static> Deferred<T> {
    /// What follows from the answer.
    pub fn map<U>(self, follow: impl FnOnce(T) -> U + Send + 'static) -> Deferred<U> {
        match self {
            Self::Ready(answer) => Deferred::Ready(follow(answer)),
            Self::Pending(answer) => Deferred::pending(async { follow(answer.await) }),
        }
    }
}

impl<T> From<T> for Deferred<T> {
    fn from(answer: T) -> Self {
        Self::Ready(answer)
    }
}

impl<T: fmt::Debug> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(answer) => f.debug_tuple("Ready").field(answer).finish(),
            Self::Pending(_) => f.write_str("Pending"),
        }
    }
}
