//! From an HTTP request to a `WebSocket`, or the HTTP answer that says why not.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::heard::{HeadTooLong, Heard};
use super::origin::{self, Origins};
use super::proxies::{FORWARDED_FOR, TrustedProxies};
use super::stream::Stream;

/// The only path.
pub(crate) const PATH: &str = "/websocket";

/// What is said to a page of an origin that is not allowed.
const FORBIDDEN: &str = "This page's origin is not among the allowed origins of this server";

/// Answers a request for a `WebSocket`. An error was not answered yet, unless it is [`Error::Http`].
pub(super) async fn accept<'a>(
    stream: Heard<'a>,
    config: WebSocketConfig,
    origins: &Origins,
    proxies: &TrustedProxies,
) -> Result<WebSocketStream<Heard<'a>>, Error> {
    let link = stream.link;
    #[expect(clippy::result_large_err, reason = "the library's signature")]
    let check = |request: &Request, response| {
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.filter_map(|header| header.to_str().ok());
        if let Some(client) = proxies.client_behind(link.address().ip(), forwarded) {
            link.set_address(client);
        }
        if let Some(origin) = origin::of(request) {
            link.set_origin(origin);
        }
        if !origins.allow(request.headers()) {
            return Err(refusal(StatusCode::FORBIDDEN, FORBIDDEN));
        }
        check_path(request, response)
    };
    let mut socket =
        tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config)).await?;
    socket.get_mut().head = None;
    Ok(socket)
}

#[expect(clippy::result_large_err, reason = "the library's signature")]
fn check_path(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path() == PATH {
        return Ok(response);
    }
    let why = format!("WebSocket is at {PATH}");
    Err(refusal(StatusCode::NOT_FOUND, &why))
}

fn refusal(status: StatusCode, why: &str) -> ErrorResponse {
    let mut refusal = ErrorResponse::new(Some(format!("{why}\n")));
    *refusal.status_mut() = status;
    refusal
}

/// Returns whether a request was refused for the page that it is from.
pub(super) fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Http(answer) if answer.status() == StatusCode::FORBIDDEN)
}

fn is_of_head(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|error| error.is::<HeadTooLong>())
}

/// An HTTP answer that is no `WebSocket`.
pub(super) struct Refusal {
    status: StatusCode,
    /// A header line that this status asks for.
    header: &'static str,
    why: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        let header = match status {
            StatusCode::METHOD_NOT_ALLOWED => "Allow: GET\r\n",
            // RFC 6455, section 4.4, and RFC 9110, section 15.5.22.
            StatusCode::UPGRADE_REQUIRED => "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            _ => "",
        };
        let why = why.into();
        Self {
            status,
            header,
            why,
        }
    }

    /// The answer to a request that failed; `None` if nobody waits for one, or it was answered.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let status = match error {
            Error::Protocol(error) => match error {
                ProtocolError::HandshakeIncomplete => return None,
                ProtocolError::WrongHttpMethod => StatusCode::METHOD_NOT_ALLOWED,
                ProtocolError::WrongHttpVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                ProtocolError::MissingConnectionUpgradeHeader
                | ProtocolError::MissingUpgradeWebSocketHeader
                | ProtocolError::MissingSecWebSocketVersionHeader => StatusCode::UPGRADE_REQUIRED,
                _ => StatusCode::BAD_REQUEST,
            },
            Error::Capacity(CapacityError::TooManyHeaders) | Error::AttackAttempt => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Error::Io(error) if is_of_head(error) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Error::Io(_) | Error::Http(_) | Error::ConnectionClosed | Error::AlreadyClosed => {
                return None;
            }
            _ => StatusCode::BAD_REQUEST,
        };
        Some(Self::new(status, error.to_string()))
    }

    /// Returns whether the request's head was too long.
    pub(super) fn is_of_head(&self) -> bool {
        self.status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    }

    /// Writes the answer and waits until the client has closed.
    pub(super) async fn send(self, stream: &mut Stream) -> io::Result<()> {
        let Self {
            status,
            header,
            why,
        } = self;
        let connection = if status == StatusCode::UPGRADE_REQUIRED {
            "Upgrade, close"
        } else {
            "close"
        };
        let length = why.len() + 1;
        let answer = format!(
            "HTTP/1.1 {status}\r\nConnection: {connection}\r\n{header}Content-Type: text/plain\r\n\
             Content-Length: {length}\r\n\r\n{why}\n"
        );
        stream.write_all(answer.as_bytes()).await?;
        stream.linger().await
    }
}
