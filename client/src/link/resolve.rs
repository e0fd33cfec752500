//! Names and their IP addresses.

use std::io;
use std::net::SocketAddr;

use crate::address::ServerAddress;

/// The server's IP addresses, in the system's order; at least one.
pub(super) async fn resolve(address: &ServerAddress) -> io::Result<Vec<SocketAddr>> {
    let host = address.host();
    let found = tokio::net::lookup_host((host, address.port())).await;
    // The system's words do not say which name.
    let found: Vec<_> = found
        .map_err(|error| io::Error::new(error.kind(), format!("{host}: {error}")))?
        .collect();
    if found.is_empty() {
        let text = format!("{host}: the name has no address");
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    Ok(found)
}
