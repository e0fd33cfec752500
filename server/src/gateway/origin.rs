//! Which pages may open a WebSocket (RFC 6455, section 10.2).
//!
//! A browser says from which page a request is, in its `Origin` header, and lets no script change that. Other clients send
//! none, or what they like: this protects users from pages of others, not the server from programs.

use std::fmt;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::handshake::server::Request;
use tokio_tungstenite::tungstenite::http::HeaderMap;
use tokio_tungstenite::tungstenite::http::header::{HOST, ORIGIN};

use crate::host::without_port;

/// The longest origin that is kept, in bytes: a scheme, the longest name of a host, and a port.
const MAX_ORIGIN: usize = 300;

/// The origins whose pages may open a `WebSocket`. A request without an `Origin` header is from no page, and may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Origins {
    /// Every page.
    Any,
    /// Pages of the host that is in the request's `Host` header, on any port.
    #[default]
    SameHost,
    /// Pages of these.
    Listed(Vec<PageOrigin>),
}

/// An origin that may open a `WebSocket`: `https://app.example.com`, `https://*.example.com` for all names below one, `null` for
/// what has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOrigin(String);

impl Origins {
    pub(crate) fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        match (self, origin.to_str()) {
            (Self::Any, _) => true,
            (_, Err(_)) => false,
            (Self::SameHost, Ok(origin)) => {
                let host = headers.get(HOST);
                let host = host.and_then(|host| host.to_str().ok()).map(without_port);
                let own = origin.split_once("://").map(|(_, host)| without_port(host));
                matches!((host, own), (Some(host), Some(own)) if host.eq_ignore_ascii_case(own))
            }
            (Self::Listed(listed), Ok(origin)) => listed.iter().any(|one| one.is(origin)),
        }
    }
}

impl PageOrigin {
    fn is(&self, origin: &str) -> bool {
        match self.0.split_once("*.") {
            Some((scheme, domain)) => {
                let rest = prefix(origin, scheme).and_then(|host| host.split_once('.'));
                rest.is_some_and(|(_, parent)| ends_with_name(parent, domain))
            }
            None => self.0.eq_ignore_ascii_case(origin),
        }
    }
}

/// Returns whether a name is another, or below it.
fn ends_with_name(name: &str, parent: &str) -> bool {
    let Some(at) = name.len().checked_sub(parent.len()) else {
        return false;
    };
    name.get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case(parent))
        && (at == 0 || name.as_bytes()[at - 1] == b'.')
}

fn prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// Returns the page that asks, by its header. What is too long to be one, or no text, is none.
pub(super) fn of(request: &Request) -> Option<&str> {
    let origin = request.headers().get(ORIGIN)?.to_str().ok()?;
    (origin.len() <= MAX_ORIGIN).then_some(origin)
}

impl FromStr for PageOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_origin = text.split_once("://").is_some_and(|(scheme, host)| {
            let host = host.strip_prefix("*.").unwrap_or(host);
            !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' '])
        });
        // Of a page that was opened as a file some browsers say this, others `null`.
        if is_origin || ["null", "file://"].contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                "expected an origin such as https://app.example.com or https://*.example.com, without a path",
            )
        }
    }
}

impl fmt::Display for PageOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: &str, origin: Option<&str>) -> Request {
        let request = Request::builder().header(HOST, host);
        let request = match origin {
            Some(origin) => request.header(ORIGIN, origin),
            None => request,
        };
        request.body(()).unwrap()
    }

    fn listed(origins: &[&str]) -> Origins {
        Origins::Listed(origins.iter().map(|one| one.parse().unwrap()).collect())
    }

    #[test]
    fn a_page_of_the_same_host_is_allowed_on_any_port() {
        for (host, origin, allowed) in [
            ("im.example.com", "https://im.example.com", true),
            ("im.example.com:3000", "http://im.example.com:8080", true),
            ("IM.example.com", "https://im.EXAMPLE.com", true),
            ("[::1]:3000", "http://[::1]:8080", true),
            ("[::1]", "http://[::1]", true),
            ("[::1]:3000", "http://[::2]:3000", false),
            ("im.example.com", "https://example.com", false),
            ("im.example.com", "https://im.example.com.evil.net", false),
            ("im.example.com", "https://evil.net", false),
            ("im.example.com", "null", false),
            ("im.example.com", "", false),
            ("", "https://", true),
        ] {
            let is_allowed = Origins::SameHost.allow(request(host, Some(origin)).headers());
            assert_eq!(is_allowed, allowed, "{host} {origin}");
        }
    }

    #[test]
    fn a_request_without_an_origin_is_from_no_page() {
        for origins in [Origins::Any, Origins::SameHost, listed(&["https://a.net"])] {
            assert!(origins.allow(request("im.example.com", None).headers()));
        }
    }

    #[test]
    fn pages_of_the_listed_origins_are_allowed_and_no_others() {
        let origins = listed(&[
            "https://app.example.com",
            "https://*.example.org",
            "http://localhost:5173",
            "null",
        ]);
        for (origin, allowed) in [
            ("https://app.example.com", true),
            ("https://APP.example.com", true),
            ("http://app.example.com", false),
            ("https://app.example.com:8443", false),
            ("https://im.example.com", false),
            ("https://a.example.org", true),
            ("https://a.b.example.org", true),
            ("https://example.org", false),
            ("https://a.evil-example.org", false),
            ("https://aexample.org", false),
            ("https://a.example.org.evil.net", false),
            ("http://localhost:5173", true),
            ("http://localhost:5174", false),
            ("null", true),
            ("file://", false),
        ] {
            let is_allowed = origins.allow(request("im.example.com", Some(origin)).headers());
            assert_eq!(is_allowed, allowed, "{origin}");
        }
        assert!(Origins::Any.allow(request("im.example.com", Some("https://evil.net")).headers()));
    }

    #[test]
    fn what_is_no_origin_is_told() {
        for text in [
            "",
            "*",
            "app.example.com",
            "https://",
            "https://a.net/",
            "https://*",
            "https://a.*.net",
        ] {
            assert!(text.parse::<PageOrigin>().is_err(), "{text}");
        }
    }
}
