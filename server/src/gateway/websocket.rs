//! WebSocket: one text message a body, or a batch of them, at the path `/websocket` (docs/protocol.md, "Framing").

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, ready};

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use mobileim_protocol::{Transport, batch};
use tokio::net::TcpListener;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::end::End;
use super::frames::Frames;
use super::heard::Heard;
use super::life::{self, Life};
use super::opening::Opening;
use super::stream::Stream;
use super::stream_link::{StreamLink, Work};
use super::upgrade::{self, Refusal};
use super::{Context, Limits};
use mobileim_hub::{CloseReason, Connection, Link as _, ServerHandle, Step};

pub(crate) use super::upgrade::PATH;

/// Held by every connection, idle ones too.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered before it is written.
const WRITE_BUFFER: usize = 16 * 1024;
/// The header of a Pong, which has less than 126 bytes besides.
const PONG_HEADER: usize = 2;
/// How many frames are taken in a row before the writer has its turn: what they provoke is written by the same task,
/// and reading uses up what the runtime lets one task do at a time.
const FRAMES_IN_A_ROW: usize = 32;

type Socket<'a> = WebSocketStream<Heard<'a>>;

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, opening: Opening, context: Context) {
    super::accept(
        Transport::WebSocket,
        listener,
        opening,
        context,
        serve_connection,
    )
    .await;
}

/// The handshake is part of what a client has its time to log in for.
#[expect(
    clippy::manual_async_fn,
    reason = "a block holds its captures once, an `async fn` its arguments twice"
)]
fn serve_connection(mut stream: Stream, mut life: Life) -> impl Future<Output = ()> + Send {
    async move {
        let config = config(life.limits());
        let link = Arc::clone(&life.link);
        let origins = life.origins();
        let heard = Heard {
            stream: &mut stream,
            link: &link,
            server: life.server().clone(),
            head: Some(life.limits().http.head),
        };
        let accepted = tokio::select! {
            // Boxed, as the farewell is: only then does it take memory.
            socket = Box::pin(upgrade::accept(
                heard,
                config,
                &origins,
                life.proxies(),
            )) => socket.map_err(|error| Refused::new(&error, &link)),
            reason = link.closed() => Err(Refused::from(reason)),
        };
        let socket = match accepted {
            Ok(socket) => socket,
            Err(Refused { end, answer }) => {
                life.end(&end);
                let last_words = async {
                    match answer {
                        Some(answer) => answer.send(&mut stream).await,
                        None => stream.linger().await,
                    }
                };
                let _ = life::farewell(last_words).await;
                return;
            }
        };
        let (sink, mut reader) = socket.split();
        let mut writer = Writer::new(&link, sink);
        let end = if life.admit() {
            tokio::select! {
                biased;
                reason = link.closed() => End::from(reason),
                end = read(&mut reader, &mut life) => end,
                error = writer.run() => End::disconnected(error.to_string()),
            }
        } else {
            CloseReason::TooManyConnections.into()
        };
        life.end(&end);
        if end.can_take_more() {
            let last_words = farewell(writer, reader, end.reason);
            // If they do not come through in time, nobody is there to hear them.
            let _ = life::farewell(last_words).await;
        }
    }
}

fn config(limits: &Limits) -> WebSocketConfig {
    let limit = limits.websocket_body;
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // The link closes before that: this is for what it does not know of.
        .max_write_buffer_size(
            limits
                .outgoing
                .saturating_add(WRITE_BUFFER + limit)
                .max(WRITE_BUFFER + 1),
        )
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit))
}

/// An upgrade that did not come about.
struct Refused {
    end: End,
    /// What is still to be said.
    answer: Option<Refusal>,
}

impl Refused {
    fn new(error: &Error, link: &StreamLink) -> Self {
        let answer = Refusal::of(error);
        let end = if upgrade::is_forbidden(error) {
            let origin = link.peer().origin.unwrap_or_default();
            End::new(CloseReason::OriginNotAllowed, format!("{origin:?}"))
        } else if answer.as_ref().is_some_and(Refusal::is_of_head) {
            CloseReason::HeadTooLong.into()
        } else {
            End::disconnected(format!("no upgrade: {error}"))
        };
        Self { end, answer }
    }
}

impl From<CloseReason> for Refused {
    fn from(reason: CloseReason) -> Self {
        let status = match reason {
            CloseReason::LoginTimeout => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self {
            end: reason.into(),
            answer: Some(Refusal::new(status, reason.to_string())),
        }
    }
}

/// Takes messages from the socket until the connection is to end.
async fn read(source: &mut SplitStream<Socket<'_>>, life: &mut Life) -> End {
    let link = Arc::clone(&life.link);
    let server = life.server().clone();
    let connection = &mut life.connection;
    let mut closed = String::from("closed by the client");
    let mut in_a_row = 0;
    loop {
        let poll_next = |cx: &mut task::Context<'_>| source.poll_next_unpin(cx);
        let message = match super::next(&server, connection, poll_next).await {
            Ok(Some(message)) => message,
            Ok(None) => return End::disconnected(closed),
            Err(reason) => return reason.into(),
        };
        if let Some(reason) = link.closing() {
            return reason.into();
        }
        let step = match message {
            Ok(Message::Text(frame)) => receive(&server, &link, connection, &frame).await,
            Ok(Message::Binary(_)) => connection.refuse_invalid(
                CloseReason::BinaryMessage,
                "messages are sent as text, not binary".to_owned(),
            ),
            Ok(Message::Ping(payload)) => {
                // The library has a Pong ready by now.
                link.answered(PONG_HEADER + payload.len());
                connection.count_control(server.driver().now())
            }
            Ok(Message::Close(frame)) => {
                // It is answered while the next message is awaited, and none comes.
                if let Some(CloseFrame { code, reason }) = frame {
                    closed = format!("closed by the client with {code} {reason:?}");
                }
                Step::Continue
            }
            Ok(Message::Pong(_)) => connection.count_control(server.driver().now()),
            Ok(Message::Frame(_)) => Step::Continue,
            Err(Error::Capacity(error)) => {
                connection.refuse_invalid(CloseReason::OversizedMessage, error.to_string())
            }
            Err(error @ Error::Utf8(_)) => {
                connection.refuse_invalid(CloseReason::InvalidMessage, error.to_string())
            }
            Err(error @ Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return End::disconnected(error.to_string());
            }
            Err(Error::Protocol(error)) => {
                connection.refuse_invalid(CloseReason::ProtocolViolation, error.to_string())
            }
            Err(error) => return End::disconnected(error.to_string()),
        };
        if let Step::Close(reason) = step {
            return reason.into();
        }
        in_a_row += 1;
        if in_a_row == FRAMES_IN_A_ROW {
            in_a_row = 0;
            tokio::task::yield_now().await;
        }
    }
}

/// Gives a frame's bodies to the connection, one after the other.
async fn receive(
    server: &ServerHandle,
    link: &StreamLink,
    connection: &mut Connection,
    frame: &str,
) -> Step {
    let frame = frame.as_bytes();
    // Most frames have one, and the client may be one that writes line feeds within it.
    if !frame.contains(&batch::SEPARATOR) || !link.takes_batches() {
        return super::receive(server, connection, frame).await;
    }
    for body in batch::bodies(frame) {
        if let Some(reason) = link.closing() {
            return Step::Close(reason);
        }
        if let close @ Step::Close(_) = super::receive(server, connection, body).await {
            return close;
        }
    }
    Step::Continue
}

/// Writes what is left, says why the connection is closed, and waits until the client has closed too.
async fn farewell<'a>(
    mut writer: Writer<'a>,
    source: SplitStream<Socket<'a>>,
    reason: CloseReason,
) -> Result<(), Error> {
    writer.write_rest().await?;
    let mut socket = source
        .reunite(writer.sink)
        .expect("both halves are of one socket");
    let close = CloseFrame {
        code: close_code(reason),
        reason: Utf8Bytes::from(close_text(reason)),
    };
    socket.send(Message::Close(Some(close))).await?;
    Ok(socket.get_mut().stream.linger().await?)
}

/// What a browser's `close` event says (RFC 6455, section 7.4.1).
fn close_code(reason: CloseReason) -> CloseCode {
    match reason {
        CloseReason::InvalidMessage => CloseCode::Invalid,
        CloseReason::BinaryMessage => CloseCode::Unsupported,
        CloseReason::OversizedMessage => CloseCode::Size,
        CloseReason::ProtocolViolation => CloseCode::Protocol,
        CloseReason::LoginTimeout
        | CloseReason::LoginRefused
        | CloseReason::NotLoggedIn
        | CloseReason::Crowded
        | CloseReason::TooManyConnections
        | CloseReason::TooManyLogins
        | CloseReason::TooManyMessages
        | CloseReason::TokenExpired => CloseCode::Policy,
        CloseReason::ServerStopping { .. } => CloseCode::Restart,
        CloseReason::Failed => CloseCode::Error,
        _ => CloseCode::Normal,
    }
}

/// The same in words, of at most 123 bytes. An original client's author may read there when to come back.
fn close_text(reason: CloseReason) -> String {
    match reason {
        CloseReason::ServerStopping { retry_after } => {
            format!("{reason}: come back in {:.1} s", retry_after.as_secs_f64())
        }
        _ => reason.to_string(),
    }
}

/// Writes what waits, as much at a time as there is; can be interrupted and run again.
struct Writer<'a> {
    link: &'a StreamLink,
    sink: SplitSink<Socket<'a>, Message>,
    frames: Frames,
    ping: bool,
    /// Of what was given to the socket, or put there by the library, and not yet flushed.
    bytes: usize,
}

impl<'a> Writer<'a> {
    fn new(link: &'a StreamLink, sink: SplitSink<Socket<'a>, Message>) -> Self {
        Self {
            link,
            sink,
            frames: Frames::default(),
            ping: false,
            bytes: 0,
        }
    }

    /// Writes whatever comes, until the connection breaks.
    async fn run(&mut self) -> Error {
        loop {
            if let Err(error) = self.write().await {
                return error;
            }
            let work = self.link.work().await;
            self.take(work);
        }
    }

    /// Writes what is there.
    async fn write_rest(&mut self) -> Result<(), Error> {
        self.write().await?;
        if let Some(work) = self.link.try_work() {
            self.take(work);
        }
        self.write().await
    }

    fn take(&mut self, work: Work) {
        self.ping = work.ping;
        self.bytes += work.automatic;
        self.frames = Frames::new(work);
    }

    async fn write(&mut self) -> Result<(), Error> {
        poll_fn(|cx| {
            let mut sink = Pin::new(&mut self.sink);
            loop {
                ready!(sink.as_mut().poll_ready(cx))?;
                let message = if let Some((frame, bytes)) = self.frames.next() {
                    self.bytes += bytes;
                    Message::Text(Utf8Bytes::try_from(frame).expect("bodies are JSON text"))
                } else if std::mem::take(&mut self.ping) {
                    Message::Ping(Bytes::new())
                } else {
                    break;
                };
                sink.as_mut().start_send(message)?;
            }
            sink.poll_flush(cx)
        })
        .await?;
        self.link.written(std::mem::take(&mut self.bytes));
        Ok(())
    }
}
