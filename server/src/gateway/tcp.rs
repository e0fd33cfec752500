//! TCP: frames on a stream (docs/protocol.md, "Framing").

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mobileim_protocol::Transport;
use mobileim_protocol::framing::{self, Frame};
use tokio::net::TcpListener;

use super::end::End;
use super::life::{self, Life};
use super::opening::Opening;
use super::stream::Stream;
use super::stream_link::{StreamLink, Work};
use mobileim_hub::{CloseReason, Step};

/// What is read at a time: enough for many messages.
const READ_BUFFER: usize = 8 * 1024;

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, opening: Opening, context: super::Context) {
    super::accept(Transport::Tcp, listener, opening, context, serve_connection).await;
}

#[expect(
    clippy::manual_async_fn,
    reason = "a block holds its captures once, an `async fn` its arguments twice"
)]
fn serve_connection(mut stream: Stream, mut life: Life) -> impl Future<Output = ()> + Send {
    async move {
        let link = Arc::clone(&life.link);
        let mut writer = Writer::new(&link);
        // Reading first: what it answers is then written in the same go.
        let end = tokio::select! {
            biased;
            reason = link.closed() => End::from(reason),
            end = read(&stream, &mut life) => end,
            error = writer.run(&stream) => End::broken(&error),
        };
        life.end(&end);
        if end.can_take_more() {
            let last_words = async {
                writer.write_rest(&stream).await?;
                stream.linger().await
            };
            // If they do not come through in time, nobody is there to hear them.
            let _ = life::farewell(last_words).await;
        }
    }
}

/// Takes frames from the stream until the connection is to end.
async fn read(stream: &Stream, life: &mut Life) -> End {
    let link = Arc::clone(&life.link);
    let server = life.server().clone();
    let connection = &mut life.connection;
    let mut received = Vec::new();
    loop {
        let poll_append = |cx: &mut Context<'_>| poll_append(stream, cx, &mut received);
        let appended = match super::next(&server, connection, poll_append).await {
            Ok(appended) => appended,
            Err(reason) => return reason.into(),
        };
        match appended {
            Ok(0) if received.is_empty() => return End::disconnected("closed by the client"),
            Ok(0) => return End::disconnected("closed by the client within a frame"),
            Ok(n) => {
                link.touch(server.driver().now());
                if n == READ_BUFFER {
                    // There is more: let what was answered be written first.
                    tokio::task::yield_now().await;
                }
            }
            Err(error) => return End::broken(&error),
        }
        let mut consumed = 0;
        loop {
            if let Some(reason) = link.closing() {
                return reason.into();
            }
            let step = match framing::split_frame(&received[consumed..], link.max_incoming()) {
                Ok(Frame::Incomplete { .. }) => break,
                Ok(Frame::Complete { body, consumed: n }) => {
                    consumed += n;
                    super::receive(&server, connection, body).await
                }
                Err(oversized) => {
                    connection.refuse_invalid(CloseReason::OversizedMessage, oversized.to_string())
                }
            };
            if let Step::Close(reason) = step {
                return reason.into();
            }
        }
        received.drain(..consumed);
        if received.is_empty() {
            // An idle connection holds no buffer.
            received = Vec::new();
        }
    }
}

/// Appends what arrives. By way of the stack, so that a connection holds no more than what it cannot handle yet.
fn poll_append(
    stream: &Stream,
    cx: &mut Context<'_>,
    received: &mut Vec<u8>,
) -> Poll<io::Result<usize>> {
    ready!(stream.poll_readable(cx))?;
    let mut buffer = [0; READ_BUFFER];
    let n = ready!(stream.poll_read_some(cx, &mut buffer))?;
    received.extend_from_slice(&buffer[..n]);
    Poll::Ready(Ok(n))
}

/// Writes what waits, as much at a time as there is; can be interrupted and run again.
struct Writer<'a> {
    link: &'a StreamLink,
    frames: Vec<u8>,
    written: usize,
    /// Of `frames`, without their headers.
    bytes: usize,
}

impl<'a> Writer<'a> {
    fn new(link: &'a StreamLink) -> Self {
        Self {
            link,
            frames: Vec::new(),
            written: 0,
            bytes: 0,
        }
    }

    /// Writes whatever comes, until the connection breaks.
    async fn run(&mut self, stream: &Stream) -> io::Error {
        loop {
            if let Err(error) = self.write(stream).await {
                return error;
            }
            let work = self.link.work().await;
            self.take(&work);
        }
    }

    /// Writes what is there.
    async fn write_rest(&mut self, stream: &Stream) -> io::Result<()> {
        self.write(stream).await?;
        if let Some(work) = self.link.try_work() {
            self.take(&work);
        }
        self.write(stream).await
    }

    /// TCP has no Ping; a client's heartbeat is enough.
    fn take(&mut self, work: &Work) {
        self.bytes = work.bodies.iter().map(Bytes::len).sum();
        let headers = work.bodies.len() * framing::HEADER_LEN;
        self.frames.reserve(self.bytes + headers);
        for body in &work.bodies {
            framing::write_frame(body, &mut self.frames);
        }
    }

    async fn write(&mut self, stream: &Stream) -> io::Result<()> {
        while self.written < self.frames.len() {
            let rest = &self.frames[self.written..];
            self.written += poll_fn(|cx| stream.poll_write_some(cx, rest)).await?;
        }
        poll_fn(|cx| stream.poll_flush_all(cx)).await?;
        self.link.written(self.bytes);
        // An idle connection holds no buffer.
        self.frames = Vec::new();
        self.written = 0;
        self.bytes = 0;
        Ok(())
    }
}
