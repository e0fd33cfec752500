//! WebSocket: one text message a body, or a batch of them, at the path `/websocket` (docs/protocol.md, "Framing").

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::ready;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use mobileim_protocol::{Transport, batch};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::debug;

use super::frames::Frames;
use super::stream_link::{StreamLink, Work};
use super::{CLOSE_TIME, Context, tcp};
use crate::hub::{CloseReason, Link};
use crate::{Connection, ServerHandle, Step};

/// The only path.
pub(crate) const PATH: &str = "/websocket";

/// Held by every connection, idle ones too.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered before it is written.
const WRITE_BUFFER: usize = 16 * 1024;

type Socket = WebSocketStream<TcpStream>;

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, context: Context) {
    super::accept(listener, context, serve_connection).await;
}

async fn serve_connection(stream: TcpStream, context: Context) {
    let Context { server, limits, .. } = &context;
    let now = server.now();
    let link = StreamLink::new(
        Transport::WebSocket,
        now,
        limits.websocket_body,
        limits.outgoing,
    );
    // Before the handshake, which is part of what a client has its time to log in for.
    let mut connection = Connection::new(server.clone(), now, Arc::<StreamLink>::clone(&link));
    let accepted = tokio::select! {
        // Boxed, as the farewell is: only then do they take memory.
        socket = Box::pin(accept(stream, limits.websocket_body)) => socket,
        reason = link.closed() => {
            debug!(%reason, "WebSocket handshake ends");
            return connection.close(server.now(), reason);
        }
    };
    let socket = match accepted {
        Ok(socket) => socket,
        Err(error) => {
            debug!(%error, "WebSocket handshake failed");
            return connection.close(server.now(), CloseReason::Disconnected);
        }
    };
    let (sink, source) = socket.split();
    let mut writer = Writer::new(&link, sink);
    let mut reader = source;
    let reason = tokio::select! {
        biased;
        reason = link.closed() => reason,
        reason = read(&mut reader, server, &link, &mut connection) => reason,
        _ = writer.run() => CloseReason::Disconnected,
    };
    connection.close(server.now(), reason);
    link.close(reason);
    debug!(%reason, "WebSocket connection ends");
    if super::can_take_more(reason) {
        // A client that does not take what is left has no use for it.
        let _ = tokio::time::timeout(CLOSE_TIME, Box::pin(farewell(writer, reader, reason))).await;
    }
}

async fn accept(stream: TcpStream, limit: usize) -> Result<Socket, Error> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    tokio_tungstenite::accept_hdr_async_with_config(stream, check_path, Some(config)).await
}

#[expect(clippy::result_large_err, reason = "the library's signature")]
fn check_path(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path() == PATH {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some(format!("WebSocket is at {PATH}\n")));
    *refusal.status_mut() = StatusCode::NOT_FOUND;
    Err(refusal)
}

/// Takes messages from the socket until the connection is to end.
async fn read(
    source: &mut SplitStream<Socket>,
    server: &ServerHandle,
    link: &StreamLink,
    connection: &mut Connection,
) -> CloseReason {
    while let Some(message) = source.next().await {
        if let Some(reason) = link.closing() {
            return reason;
        }
        link.touch(server.now());
        let step = match message {
            Ok(Message::Text(frame)) => receive(server, link, connection, &frame).await,
            Ok(Message::Binary(_)) => connection.refuse_invalid(
                CloseReason::BinaryMessage,
                "messages are sent as text, not binary".to_owned(),
            ),
            // A Close is answered while the next message is awaited, and none comes.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {
                Step::Continue
            }
            Err(Error::Capacity(error)) => {
                connection.refuse_invalid(CloseReason::OversizedMessage, error.to_string())
            }
            Err(error @ Error::Utf8(_)) => {
                connection.refuse_invalid(CloseReason::InvalidMessage, error.to_string())
            }
            Err(_) => return CloseReason::Disconnected,
        };
        if let Step::Close(reason) = step {
            return reason;
        }
    }
    CloseReason::Disconnected
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
async fn farewell(
    mut writer: Writer<'_>,
    source: SplitStream<Socket>,
    reason: CloseReason,
) -> Result<(), Error> {
    writer.write_rest().await?;
    let mut socket = source
        .reunite(writer.sink)
        .expect("both halves are of one socket");
    let close = CloseFrame {
        code: close_code(reason),
        reason: Utf8Bytes::from(reason.to_string()),
    };
    socket.send(Message::Close(Some(close))).await?;
    let stream = socket.get_mut();
    stream.shutdown().await?;
    tcp::discard(stream).await?;
    Ok(())
}

/// What a browser's `close` event says (RFC 6455, section 7.4.1).
fn close_code(reason: CloseReason) -> CloseCode {
    match reason {
        CloseReason::InvalidMessage => CloseCode::Invalid,
        CloseReason::BinaryMessage => CloseCode::Unsupported,
        CloseReason::OversizedMessage => CloseCode::Size,
        CloseReason::LoginTimeout | CloseReason::LoginRefused | CloseReason::NotLoggedIn => {
            CloseCode::Policy
        }
        CloseReason::ServerStopping => CloseCode::Restart,
        _ => CloseCode::Normal,
    }
}

/// Writes what waits, as much at a time as there is; can be interrupted and run again.
struct Writer<'a> {
    link: &'a StreamLink,
    sink: SplitSink<Socket, Message>,
    frames: Frames,
    ping: bool,
    /// Of what was given to the socket and not yet flushed.
    bytes: usize,
}

impl<'a> Writer<'a> {
    fn new(link: &'a StreamLink, sink: SplitSink<Socket, Message>) -> Self {
        Self {
            link,
            sink,
            frames: Frames::default(),
            ping: false,
            bytes: 0,
        }
    }

    /// Writes whatever comes, until the connection breaks.
    async fn run(&mut self) -> Result<(), Error> {
        loop {
            self.write().await?;
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
