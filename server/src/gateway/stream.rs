//! The stream of bytes under a connection: where encryption joins, and what speaks over it does not notice.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop::poll_proceed;
use tokio_rustls::server::TlsStream;

/// How many bytes are still read of a connection that is closed: more than a client has on its way that does not flood.
const MAX_LINGERING: usize = 4 * 1024 * 1024;

/// What a read takes of what the runtime lets a task do at a time, in place of 1: the buffer may hold hundreds of frames with
/// nothing in them, which the `WebSocket` library goes through before it lets anybody else have the thread.
const READ_COSTS: usize = 8;

/// An accepted stream.
///
/// It is read and written by a shared reference too, so that one task does both.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    /// Boxed, so that a plain one is no larger for it. The lock is what lets a shared reference write: one task has the
    /// stream, so nobody ever waits for it.
    Tls(Box<Mutex<TlsStream<TcpStream>>>),
}

impl From<TlsStream<TcpStream>> for Stream {
    fn from(tls: TlsStream<TcpStream>) -> Self {
        Self::Tls(Box::new(Mutex::new(tls)))
    }
}

impl Stream {
    /// Waits until [`Self::poll_read_some`] may have something. It takes no buffer, which a connection need not have while it waits.
    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => tcp.poll_read_ready(cx),
            Self::Tls(tls) => {
                let tls = tls.lock();
                let (tcp, session) = tls.get_ref();
                if session.wants_read() {
                    tcp.poll_read_ready(cx)
                } else {
                    // There is something decrypted, or the end.
                    Poll::Ready(Ok(()))
                }
            }
        }
    }

    /// Reads what has arrived; 0 bytes say that the other end has closed.
    pub(super) fn poll_read_some(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => loop {
                match tcp.try_read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(tcp.poll_read_ready(cx))?;
                    }
                    read => return Poll::Ready(read),
                }
            },
            Self::Tls(tls) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(poll_decrypted(&mut tls.lock(), cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }

    /// Writes as much as there is room for. What is encrypted may wait until [`Self::poll_flush_all`].
    pub(super) fn poll_write_some(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => loop {
                match tcp.try_write(bytes) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(tcp.poll_write_ready(cx))?;
                    }
                    written => return Poll::Ready(written),
                }
            },
            Self::Tls(tls) => Pin::new(&mut *tls.lock()).poll_write(cx, bytes),
        }
    }

    /// Waits until all that was written has been given to the system.
    pub(super) fn poll_flush_all(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => Pin::new(&mut *tls.lock()).poll_flush(cx),
        }
    }

    /// Says that nothing more comes, and reads until the other end has closed too, or goes on without end: closing with unread bytes would reset
    /// the connection, and the client might never see why.
    pub(crate) async fn linger(&mut self) -> io::Result<()> {
        self.shutdown().await?;
        let mut left = MAX_LINGERING;
        loop {
            let read = poll_fn(|cx| self.poll_read_some(cx, &mut [0; 4096])).await?;
            if read == 0 || read > left {
                return Ok(());
            }
            left -= read;
        }
    }
}

/// Reads what was encrypted.
///
/// An end that TLS does not announce (`close_notify`) is an end all the same: what is within has its own marks of where a
/// message ends, and many clients just close.
fn poll_decrypted(
    tls: &mut TlsStream<TcpStream>,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    match ready!(Pin::new(tls).poll_read(cx, buffer)) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
        read => Poll::Ready(read),
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        for _ in 1..READ_COSTS {
            ready!(poll_proceed(cx)).made_progress();
        }
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Tls(tls) => poll_decrypted(tls.get_mut(), cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls.get_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls.get_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls.get_mut()).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, parts),
            Self::Tls(tls) => Pin::new(tls.get_mut()).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            // It gathers by itself.
            Self::Tls(_) => true,
        }
    }
}
