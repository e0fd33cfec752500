//! What TCP and WebSocket stand on.

use std::io;
use std::net::SocketAddr;

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
pub(super) async fn connect(id: LinkId, address: &ServerAddress) -> io::Result<TcpStream> {
    let mut servers = resolve(address).await?;
    take_turns(&mut servers, id);
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

/// One that does not even refuse takes all the time that there is, so each link begins with the next; the first
/// one with the system's choice.
fn take_turns(servers: &mut [SocketAddr], id: LinkId) {
    let turn = usize::try_from(id.0.wrapping_sub(1)).unwrap_or(0);
    if let Some(first) = turn.checked_rem(servers.len()) {
        servers.rotate_left(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_begins_with_the_next_address() {
        let all: Vec<SocketAddr> = (1..=3).map(|port| ([127, 0, 0, 1], port).into()).collect();
        for (id, ports) in [
            (1, [1, 2, 3]),
            (2, [2, 3, 1]),
            (3, [3, 1, 2]),
            (4, [1, 2, 3]),
        ] {
            let mut servers = all.clone();
            take_turns(&mut servers, LinkId(id));
            assert!(servers.iter().map(SocketAddr::port).eq(ports), "{id}");
        }
    }
}
