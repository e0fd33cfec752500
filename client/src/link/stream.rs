//! What TCP and WebSocket stand on.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::LinkError;
use crate::address::ServerAddress;

/// A byte stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Connects to the first of the server's IP addresses that answers.
pub(super) async fn connect(address: &ServerAddress) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((address.host(), address.port())).await?;
    // Messages are small and wait for nothing.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads and writes at once, so that neither end can block the other, until one of the two ends.
///
/// After the last byte was written, what still comes is read until the other end closes too: closing with bytes
/// unread would reset the connection, and the other end might lose what was written last.
pub(super) async fn join(
    read: impl Future<Output = Result<(), LinkError>>,
    write: impl Future<Output = Result<(), LinkError>>,
) -> Result<(), LinkError> {
    let mut read = std::pin::pin!(read);
    tokio::select! {
        ended = &mut read => return ended,
        written = write => written?,
    }
    read.await
}
