//! What TCP and WebSocket stand on.

use std::io;

use mobileim_protocol::client::LinkId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::LinkError;
use super::resolve::resolve;
use crate::address::ServerAddress;

/// A byte stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Connects to the first of the server's IP addresses that answers.
///
/// One that does not even refuse takes all the time that there is, so each link begins with the next.
pub(super) async fn connect(id: LinkId, address: &ServerAddress) -> io::Result<TcpStream> {
    let mut servers = resolve(address).await?;
    let turn = usize::try_from(id.0.wrapping_sub(1)).unwrap_or(0);
    let first = turn % servers.len();
    servers.rotate_left(first);
    let stream = TcpStream::connect(&*servers).await?;
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
