//! One request, and its answer.

use std::error::Error;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use tokio_rustls::rustls;

use super::address::Address;
use super::trust::Trust;

/// How many connections wait for the next request.
const MAX_IDLE: usize = 32;

/// Asks one service, on connections that it keeps.
#[derive(Debug)]
pub(crate) struct Client {
    address: Address,
    trust: Trust,
    /// From an answer's beginning to its end, connecting included.
    time: Duration,
    /// The longest answer, in bytes.
    max_len: usize,
    /// Made for the first request: who only checks a configuration makes none.
    made: OnceLock<Result<reqwest::Client, Failure>>,
}

/// An answer with a status of success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer. Displayed without any part of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// There was none.
    #[error("{0}")]
    NoAnswer(String),
    /// The service's certificate is not trusted, or is another one's.
    #[error("{0}")]
    Certificate(String),
    /// It did not come in time.
    #[error("no whole answer within {0:?}")]
    TooSlow(Duration),
    /// It is longer than any that is expected.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// The service is at another address, which is to be configured.
    #[error("it redirects to {0:?}, which is not followed: configure the URL at which it answers")]
    Redirect(String),
    /// The service says that it cannot answer.
    #[error("it answers with status {}", .0.as_u16())]
    Status(StatusCode),
}

impl Client {
    pub(crate) fn new(address: Address, trust: Trust, time: Duration, max_len: usize) -> Self {
        Self {
            address,
            trust,
            time,
            max_len,
            made: OnceLock::new(),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns whether the other one asks the same service in the same way.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.address == other.address && self.trust == other.trust && self.time == other.time
    }

    pub(crate) async fn get(&self) -> Result<Answer, Failure> {
        let request = self.made()?.get(self.address.url().clone());
        self.answer(request).await
    }

    /// Sends something along.
    pub(crate) async fn post(&self, headers: HeaderMap, body: String) -> Result<Answer, Failure> {
        let request = self.made()?.post(self.address.url().clone());
        self.answer(request.headers(headers).body(body)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let request = request.header(ACCEPT, "application/json");
        let answered = async {
            let mut response = request.send().await.map_err(|error| no_answer(&error))?;
            check_status(&response)?;
            let mut body = BytesMut::new();
            while let Some(part) = response.chunk().await.map_err(|error| no_answer(&error))? {
                if body.len() + part.len() > self.max_len {
                    return Err(Failure::TooLong(self.max_len));
                }
                body.extend_from_slice(&part);
            }
            Ok(Answer {
                headers: std::mem::take(response.headers_mut()),
                body: body.freeze(),
            })
        };
        let answered = tokio::time::timeout(self.time, answered).await;
        answered.unwrap_or(Err(Failure::TooSlow(self.time)))
    }

    fn made(&self) -> Result<&reqwest::Client, Failure> {
        self.made
            .get_or_init(|| self.make())
            .as_ref()
            .map_err(Clone::clone)
    }

    fn make(&self) -> Result<reqwest::Client, Failure> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("mobileim-server/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(self.trust.config())
            .redirect(Policy::none())
            .pool_max_idle_per_host(MAX_IDLE);
        // What is on this machine is not asked by way of another one.
        let builder = if self.address.is_encrypted() {
            builder
        } else {
            builder.no_proxy()
        };
        builder.build().map_err(|error| no_answer(&error))
    }
}

fn check_status(response: &Response) -> Result<(), Failure> {
    let status = response.status();
    if status.is_redirection() {
        let to = response.headers().get(LOCATION);
        let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
        return Err(Failure::Redirect(shown(response.url(), to)));
    }
    if status.is_success() {
        Ok(())
    } else {
        Err(Failure::Status(status))
    }
}

/// Where a redirection leads, without what may be secret: user, password, query and fragment.
fn shown(from: &Url, to: &str) -> String {
    let Ok(mut to) = from.join(to) else {
        return String::new();
    };
    // What cannot have them has none.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    to.set_query(None);
    to.set_fragment(None);
    to.as_str().chars().take(200).collect()
}

/// The cause says what has happened; what is around it, that a request failed.
fn no_answer(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut is_about_certificate = false;
    while let Some(at) = cause {
        is_about_certificate |= is_certificate_error(at);
        let Some(deeper) = at.source() else { break };
        cause = Some(deeper);
    }
    let text = cause.map_or_else(|| "no answer".to_owned(), ToString::to_string);
    if is_about_certificate {
        Failure::Certificate(text)
    } else {
        Failure::NoAnswer(text)
    }
}

fn is_certificate_error(error: &(dyn Error + 'static)) -> bool {
    // An I/O error displays what is inside it, which may be another one, but does not name it as its source.
    if let Some(inside) = (error.downcast_ref::<io::Error>()).and_then(io::Error::get_ref) {
        return is_certificate_error(inside);
    }
    matches!(
        error.downcast_ref(),
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_redirection_leads_is_shown_without_what_may_be_secret() {
        let from = Url::parse("https://app.example.com/events?key=1").unwrap();
        for (to, expected) in [
            (
                "https://u:p@id.example.com/a?b#c",
                "https://id.example.com/a",
            ),
            ("//u:p@id.example.com/a", "https://id.example.com/a"),
            ("/log-in?secret=1", "https://app.example.com/log-in"),
            ("https://", ""),
        ] {
            assert_eq!(shown(&from, to), expected, "{to}");
        }
    }
}
