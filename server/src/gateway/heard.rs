//! A stream on which each byte that comes is a sign of life: a long message on a slow link may take longer to arrive than a
//! silent client has. Before it is a `WebSocket`, there is a bound on what comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use mobileim_hub::ServerHandle;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;
use super::stream_link::StreamLink;

/// A stream, and the link that is told when something comes.
pub(super) struct Heard<'a> {
    pub(super) stream: &'a mut Stream,
    pub(super) link: &'a StreamLink,
    pub(super) server: ServerHandle,
    /// How many more bytes may come before it is a `WebSocket`; `None` once it is.
    pub(super) head: Option<usize>,
}

/// The request for a `WebSocket` is longer than it may be.
#[derive(Debug, thiserror::Error)]
#[error("the request's head is too long")]
pub(super) struct HeadTooLong;

impl Heard<'_> {
    fn stream(&mut self) -> Pin<&mut Stream> {
        Pin::new(self.stream)
    }
}

impl AsyncRead for Heard<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let came = match self.head {
            None => {
                let before = buffer.filled().len();
                ready!(self.stream().poll_read(cx, buffer))?;
                buffer.filled().len() - before
            }
            Some(0) => return Poll::Ready(Err(io::Error::other(HeadTooLong))),
            Some(left) => {
                let room = left.min(buffer.remaining());
                let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
                ready!(self.stream().poll_read(cx, &mut part))?;
                let came = part.filled().len();
                buffer.advance(came);
                self.head = Some(left - came);
                came
            }
        };
        if came > 0 {
            self.link.touch(self.server.driver().now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Heard<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
