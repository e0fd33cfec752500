//! What attackers send and see: bytes, from any address of this machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use mobileim_protocol::framing;
use mobileim_tests::within;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A text in one frame of a `WebSocket`.
pub(crate) const TEXT: u8 = 0x81;
/// The first frame of a text in several, and one that goes on with it.
pub(crate) const TEXT_BEGINS: u8 = 0x01;
pub(crate) const GOES_ON: u8 = 0x00;
/// A Ping.
pub(crate) const PING: u8 = 0x89;
/// A Pong.
pub(crate) const PONG: u8 = 0x8A;

/// The attackers' addresses: another one for each number, and never 127.0.0.1.
pub(crate) fn address(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).expect("there are not as many");
    Ipv4Addr::from(0x7F01_0001 + number)
}

/// Connects from an address.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Many of one address may be waiting for their end.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    socket.connect(to).await
}

/// A body as TCP has it.
pub(crate) fn framed(body: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    framing::write_frame(body.to_string().as_bytes(), &mut bytes);
    bytes
}

/// Reads until the server closes. A reset is an end too: what was sent to a closed connection causes it.
pub(crate) async fn read_to_end(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = within("the end of a connection", stream.read_to_end(&mut bytes)).await;
    bytes
}

/// Sends the same again and again until the server has closed, or the time is over. Reads what comes. Returns whether it has closed.
pub(crate) async fn flood(stream: TcpStream, bytes: &[u8], time: Duration) -> bool {
    let (mut reader, mut writer) = stream.into_split();
    let chunk = bytes.repeat((16 * 1024 / bytes.len()).max(1));
    let hearing = async move {
        let mut buffer = vec![0; 16 * 1024];
        while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
    };
    let sending = async { while writer.write_all(&chunk).await.is_ok() {} };
    tokio::time::timeout(time, async {
        tokio::select! { () = hearing => {} () = sending => {} }
    })
    .await
    .is_ok()
}

/// The beginning of a TLS handshake: a record of 512 bytes, of which no more comes.
pub(crate) const HELLO: [u8; 11] = [
    0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03,
];
