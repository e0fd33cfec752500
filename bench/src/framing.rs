//! How bodies are told apart on each transport, from the client's side.

use mobileim_protocol::Transport;
use mobileim_protocol::framing::{Frame, split_frame, write_frame};

/// The request that turns a connection into a WebSocket (RFC 6455, 4.1).
pub(crate) const UPGRADE: &str = "GET /websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The longest body that a server may send.
const LIMIT: usize = 1 << 20;

/// What received bytes begin with.
pub(crate) enum Split<'a> {
    /// A body, and how many bytes it takes with its frame.
    Body(&'a [u8], usize),
    /// Something without a body for us, of this many bytes.
    Other(usize),
    /// Part of something.
    Incomplete,
}

/// Appends a body with what its transport puts around it.
pub(crate) fn write(transport: Transport, body: &[u8], buffer: &mut Vec<u8>) {
    match transport {
        Transport::Udp => buffer.extend_from_slice(body),
        Transport::Tcp => write_frame(body, buffer),
        Transport::WebSocket => {
            // A client must mask what it sends (RFC 6455, 5.3); with a mask of zeros that costs nothing.
            let len = u16::try_from(body.len()).expect("prepared bodies are short");
            buffer.push(0x81);
            if len < 126 {
                buffer.push(0x80 | u8::try_from(len).expect("it is less than 126"));
            } else {
                buffer.push(0x80 | 0x7e);
                buffer.extend_from_slice(&len.to_be_bytes());
            }
            buffer.extend_from_slice(&[0; 4]);
            buffer.extend_from_slice(body);
        }
    }
}

/// Looks for a body at the start of what a stream brought; `upgraded` says whether a WebSocket is one yet.
pub(crate) fn split(transport: Transport, upgraded: bool, received: &[u8]) -> Split<'_> {
    match transport {
        Transport::Udp => Split::Body(received, received.len()),
        Transport::Tcp => match split_frame(received, LIMIT) {
            Ok(Frame::Complete { body, consumed }) => Split::Body(body, consumed),
            _ => Split::Incomplete,
        },
        Transport::WebSocket if upgraded => split_websocket(received),
        Transport::WebSocket => {
            let end = received.windows(4).position(|window| window == b"\r\n\r\n");
            end.map_or(Split::Incomplete, |end| Split::Other(end + 4))
        }
    }
}

fn split_websocket(received: &[u8]) -> Split<'_> {
    let &[first, second, ref rest @ ..] = received else {
        return Split::Incomplete;
    };
    // A server does not mask, and sends no bodies of more than 64 KiB.
    let (len, header) = match (second, rest) {
        (126, &[high, low, ..]) => (usize::from(u16::from_be_bytes([high, low])), 4),
        (126.., _) => return Split::Incomplete,
        (len, _) => (usize::from(len), 2),
    };
    match received.get(header..header + len) {
        Some(body) if first & 0x0f == 1 => Split::Body(body, header + len),
        Some(_) => Split::Other(header + len),
        None => Split::Incomplete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_frame_is_split_off_whatever_its_length() {
        for len in [0, 125, 126, 300_u16] {
            let mut frame = vec![0x81];
            if len < 126 {
                frame.push(u8::try_from(len).unwrap());
            } else {
                frame.push(126);
                frame.extend_from_slice(&len.to_be_bytes());
            }
            let header = frame.len();
            frame.resize(header + usize::from(len), b'x');
            for end in 0..frame.len() {
                assert!(matches!(split_websocket(&frame[..end]), Split::Incomplete));
            }
            frame.push(0);
            let Split::Body(body, consumed) = split_websocket(&frame) else {
                panic!("the frame is complete");
            };
            assert_eq!(
                (body.len(), consumed),
                (usize::from(len), header + usize::from(len))
            );
        }
    }
}
