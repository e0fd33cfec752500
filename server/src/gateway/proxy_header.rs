//! What a proxy writes before the bytes of a client: the PROXY protocol, versions 1 and 2
//! (<https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>).

use std::net::SocketAddr;

use ppp::{PartialResult as _, v1, v2};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// The longest header that is taken, in bytes. Proxies put a few hundred beside the addresses at most.
const MAX_HEADER: usize = 2048;

/// What a header of version 1 begins with, and the longest one with the end of its line, in bytes.
const V1: &[u8] = b"PROXY ";
const MAX_V1: usize = 107;

/// Takes the header off a stream, and no byte more. Returns the client's address; none if the connection is the
/// proxy's own (it looks whether the server is well), or the client has no IP address.
pub(super) async fn read(stream: &mut TcpStream) -> Result<Option<SocketAddr>, String> {
    let broken = |error: std::io::Error| error.to_string();
    let mut header = Vec::new();
    let mut buffer = [0; 512];
    loop {
        let before = header.len();
        // Looked at first: what follows the header is not for here.
        let there = stream.peek(&mut buffer).await.map_err(broken)?;
        if there == 0 {
            return Err("closed within the PROXY header".to_owned());
        }
        header.extend_from_slice(&buffer[..there]);
        let parsed = parse(&header)?;
        let taken = match &parsed {
            Parsed::Whole { length, .. } => length - before,
            Parsed::Part => there,
        };
        stream
            .read_exact(&mut buffer[..taken])
            .await
            .map_err(broken)?;
        match parsed {
            Parsed::Whole { client, .. } => return Ok(client),
            Parsed::Part if header.len() > MAX_HEADER => {
                return Err(format!("the PROXY header has more than {MAX_HEADER} bytes"));
            }
            Parsed::Part => {}
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    /// More must come.
    Part,
    /// The header's length, and whom it names.
    Whole {
        length: usize,
        client: Option<SocketAddr>,
    },
}

/// What the library says of its errors quotes what came, so that is left out.
fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    let no_header = || "what came is no PROXY header".to_owned();
    let begins_v1 = V1.starts_with(bytes) || bytes.starts_with(V1);
    if begins_v1 {
        // The library would take the beginning of a line for a wrong one.
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            let has_room = bytes.len() < MAX_V1;
            return has_room.then_some(Parsed::Part).ok_or_else(no_header);
        };
        let header = v1::Header::try_from(&bytes[..=end]).map_err(|_| no_header())?;
        let client = match header.addresses {
            v1::Addresses::Tcp4(ip) => Some((ip.source_address, ip.source_port).into()),
            v1::Addresses::Tcp6(ip) => Some((ip.source_address, ip.source_port).into()),
            v1::Addresses::Unknown => None,
        };
        let length = end + 1;
        return Ok(Parsed::Whole { length, client });
    }
    let parsed = v2::Header::try_from(bytes);
    if parsed.is_incomplete() {
        return Ok(Parsed::Part);
    }
    let header = parsed.map_err(|_| no_header())?;
    let client = match (header.command, header.addresses) {
        (v2::Command::Proxy, v2::Addresses::IPv4(ip)) => {
            Some((ip.source_address, ip.source_port).into())
        }
        (v2::Command::Proxy, v2::Addresses::IPv6(ip)) => {
            Some((ip.source_address, ip.source_port).into())
        }
        _ => None,
    };
    let length = header.header.len();
    Ok(Parsed::Whole { length, client })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of version 2 with this command, family and rest.
    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [
            &b"\r\n\r\n\0\r\nQUIT\n"[..],
            &[0x20 | command, family],
            &length,
            rest,
        ]
        .concat()
    }

    fn headers() -> Vec<(Vec<u8>, Option<&'static str>)> {
        let ip4 = [198, 51, 100, 1, 10, 0, 0, 1, 0x12, 0x34, 1, 187];
        let mut ip6 = [0; 36];
        (ip6[0], ip6[1], ip6[15], ip6[33]) = (0x20, 1, 9, 80);
        // Something of the proxy's own follows the addresses.
        let more = [&ip4[..], &[4, 0, 3, 1, 2, 3]].concat();
        vec![
            (
                b"PROXY TCP4 198.51.100.1 10.0.0.1 4660 443\r\n".to_vec(),
                Some("198.51.100.1:4660"),
            ),
            (
                b"PROXY TCP6 2001::9 fd00::1 80 443\r\n".to_vec(),
                Some("[2001::9]:80"),
            ),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN 1::1 2::2 1 2\r\n".to_vec(), None),
            (v2(1, 0x11, &ip4), Some("198.51.100.1:4660")),
            (v2(1, 0x11, &more), Some("198.51.100.1:4660")),
            (v2(1, 0x21, &ip6), Some("[2001::9]:80")),
            // The proxy itself, whatever it names; a client on a UNIX socket; one of a family that is not said.
            (v2(0, 0x00, &[]), None),
            (v2(0, 0x11, &ip4), None),
            (v2(1, 0x31, &[b'/'; 216]), None),
            (v2(1, 0x00, &[1, 2, 3]), None),
        ]
    }

    #[test]
    fn a_header_is_known_when_it_is_whole_and_not_before() {
        for (header, client) in headers() {
            for end in 0..header.len() {
                assert_eq!(
                    parse(&header[..end]),
                    Ok(Parsed::Part),
                    "{end} of {header:?}"
                );
            }
            let expected = Parsed::Whole {
                length: header.len(),
                client: client.map(|client| client.parse().unwrap()),
            };
            for rest in [&b""[..], b"\r\n", b"PROXY ", &[0xff; 3]] {
                let bytes = [&header, rest].concat();
                assert_eq!(parse(&bytes).as_ref(), Ok(&expected), "{header:?}");
            }
        }
    }

    #[test]
    fn what_is_no_header_is_known_at_once() {
        for garbage in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXY TCP5 \r\n",
            b"PROXY TCP4 198.51.100.1\r\n",
            b"PROXY\r\n",
            b"PROXY UNKNOWN\n",
            &[b"PROXY ", &[b'x'; 101][..]].concat(),
            b"PROXY TCP4 198.51.100.256 10.0.0.1 1 2\r\n",
            b"PROXY TCP4 198.51.100.1 10.0.0.1 1 99999\r\n",
            &[b'P'; 200],
            &[0, 0, 0, 5, b'h'],
            &[0x16, 3, 1, 2, 0],
            // Version 3; an unknown command; a family that is longer than the header.
            b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
            b"\r\n\r\n\0\r\nQUIT\n\x22\x11\0\0",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x01",
        ] {
            assert!(parse(garbage).is_err(), "{garbage:?}");
        }
    }
}
